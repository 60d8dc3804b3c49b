/** Where a CA's object lives. Fixed when it is made. */

/** Where its key and records may be kept at all. Part of the CA's id, so that nobody has to look it up. */
export const jurisdictions = ["eu", "us", "fedramp"] as const;
export type Jurisdiction = (typeof jurisdictions)[number];

/** Near whom it is put when it is made: the platform's own names of regions. */
export const locationHints = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "oc",
  "afr",
  "me",
] as const;
export type LocationHint = (typeof locationHints)[number];
