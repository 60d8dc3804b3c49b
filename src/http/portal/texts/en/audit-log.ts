export const auditLog = {
  title: "Audit log",
  lead: "What people and API keys did here, newest first. Each event is linked to the one before, so that what was changed or removed shows.",
  operatorLead: "What was done to the deployment as a whole, newest first.",
  at: "When",
  who: "Who",
  action: "Action",
  target: "What",
  details: "Details",
  show: "Show",
  filterAction: "Action contains",
  filterActor: "Who contains",
  from: "From",
  until: "Until",
  filter: "Filter",
  export: "Export as CSV",
  verify: "Verify",
  verification: "Verification of the audit log",
  intact: "The log is as it was written.",
  troubles: {
    altered: "An event was altered.",
    removed: "An event was removed.",
    gap: "A link of the chain was removed.",
    head: "The end of the chain is not the one that was sealed: its newest events were removed, or made by somebody else.",
    added: "There are events in no chain that are too old for that: somebody put them there.",
  },
  troubleAdvice:
    'This is done in the database, past this service: find out who has access to it. Earlier exports and the log events "audit-chain" say what it was.',
  late: (count: number) =>
    `${count} ${count === 1 ? "event was" : "events were"} linked over an hour after they were written, the last`,
  lateHint:
    "What was done to them before that is not known. It is so after the clock has stood still and when this log was linked for the first time; at any other time somebody took the chain away and it was made anew: compare with earlier exports.",
  place: "Place in the chain",
  event: "Event",
  verified: "Verified",
  verifiedFrom: (count: number, from: number) =>
    from === 1
      ? `${count} ${count === 1 ? "event" : "events"}, from the first on`
      : `${count} events, from number ${from} on`,
  waiting: "Newest events, linked within a minute",
  head: "Head of the chain",
  sealed: "Sealed",
  headHint:
    "Number and hash of the newest link. Note them down: a chain that does not go through them later is another one. Exports have the number and hash of each event.",
  empty: "No event matches",
  emptyHint:
    "Change or clear the filter. Events are never deleted, so what is not here did not happen.",
  actors: {
    person: "",
    "api-key": "API key",
    "bootstrap-key": "Bootstrap key",
    "one-time-link": "One-time link",
    system: "The system itself",
  },
};
