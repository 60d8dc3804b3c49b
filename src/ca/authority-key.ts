/** The keys a CA may have. */
export const authorityKeyAlgorithms = [
  "RSA-2048",
  "RSA-3072",
  "RSA-4096",
  "P-256",
  "P-384",
] as const;

export type AuthorityKeyAlgorithm = (typeof authorityKeyAlgorithms)[number];
