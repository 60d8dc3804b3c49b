export const dashboard = {
  today: "certificates issued today",
  issuedMonth: "issued in 30 days, agents included",
  refusedWeek: "requests refused in 7 days",
  endingMonth: "end within 30 days",
  doTitle: "What needs doing",
  nothingToDo: "Nothing needs doing now.",
  tokenRequests: (count: string) =>
    count === "1"
      ? "A token request waits for approval"
      : `${count} token requests wait for approval`,
  enrolmentRequests: (count: string) =>
    count === "1" ? "A device waits for approval" : `${count} devices wait for approval`,
  undelivered: (count: string) =>
    count === "1"
      ? "A certificate waits until Microsoft accepts it"
      : `${count} certificates wait until Microsoft accepts them`,
  ends: (what: string, name: string, days: number) =>
    days < 0
      ? `${what} "${name}" has ended`
      : `${what} "${name}" ends in ${days === 1 ? "1 day" : `${days} days`}`,
  intuneFails: (name: string) => `Microsoft gave no usable answer for "${name}" lately`,
  troubles: (count: string) =>
    count === "1"
      ? "A notice of trouble in the last 7 days"
      : `${count} notices of trouble in the last 7 days`,
  atLeast: (count: number) => `${count} or more`,
  issuedTitle: "Issued per day",
  endingTitle: "Ending per day",
  certificates: "certificates",
  numbers: "The numbers as a table",
  day: "Day",
  count: "Certificates",
  noneIssued: "No certificates in the last 30 days",
  noneEnding: "No certificates end in the next 30 days",
  refusedTitle: "Refused by reason, 7 days",
  noneRefused: "Nothing was refused.",
  reason: "Reason",
  times: "Times",
  lastAt: "Last",
  remedy: "What to do",
  endingsTitle: "Authorities, agents and secrets",
  name: "Name",
  what: "Kind",
  whats: {
    authority: "Certificate authority",
    "enrolment-agent": "Enrolment agent",
    secret: "Intune secret",
  },
  endsAt: "Ends",
  state: "State",
  states: { good: "fine", warn: "ends soon", bad: "ended" },
  intuneTitle: "Intune connections",
  connection: "Connection",
  answeredAt: "Last answer from Microsoft",
  failedAt: "Last failure",
  failure: "What failed",
  healthy: "works",
  failing: "fails",
  unused: "not used yet",
};
