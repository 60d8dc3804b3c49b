const renewsItself =
  "It is renewed by itself when its CA can be reached. If this comes again, look at the CA and issue a new one by hand.";

export const notices = {
  title: "Notices",
  lead: "What the certificate authorities had to tell, newest first. A notice arrives within about a minute.",
  empty: "There are no notices",
  emptyHint: "When something ends soon, is revoked, or goes wrong, it is told here.",
  at: "When",
  what: "What happened",
  about: "About",
  remedy: "What to do",
  nothing: "Nothing.",
  authority: "Certificate authority",
  events: {
    "enrolment-request-waiting": ["A device waits for approval", "Look at the approvals."],
    "certificate-revoked": [
      "A certificate was revoked",
      "Nothing, unless you did not expect it: the audit log has who did it.",
    ],
    "certificate-released": ["A certificate was taken off hold", "Nothing."],
    "certificate-undelivered": [
      "A certificate was signed and not handed out",
      "Look at its transaction: Microsoft did not agree, or the device did not come back. It is revoked.",
    ],
    "certificate-expiring": [
      "A certificate ends soon",
      "Most devices renew by themselves. If this one has not by now, look at it.",
    ],
    "enrolment-agent-expiring": ["An enrolment agent's certificate ends soon", renewsItself],
    "ocsp-responder-expiring": ["An OCSP responder's certificate ends soon", renewsItself],
    "authority-expiring": [
      "A certificate authority ends soon",
      "Make its successor in time: devices need to learn of the new certificate before the old one ends.",
    ],
    "crl-trouble": [
      "A certificate revocation list could not be made",
      "It is tried again. If it stays so, tell the operator: whoever checks the list may come to refuse certificates.",
    ],
    "key-trouble": [
      "A CA's key does not open",
      "The operator has to put the missing version back into MASTER_KEYS; nothing else is needed.",
    ],
    "successor-staged": [
      "A CA's successor was announced",
      "Nothing: devices that ask for the next CA certificate get it.",
    ],
    "successor-promoted": ["A CA's successor took over", "Nothing: new certificates come from it."],
  } satisfies Readonly<Record<string, readonly [string, string]>>,
};
