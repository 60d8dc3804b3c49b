export const tokenRequests = {
  requestTitle: "Request SCEP Certificate",
  requestLead:
    "For devices that enrol with a challenge: certmonger, firewalls, phones, printers. What you fill in here binds the challenge; a device may ask for nothing else.",
  configuration: "SCEP configuration",
  noConfiguration: "There is no SCEP configuration for tokens yet",
  noConfigurationHint:
    "An administrator makes one under Configuration, SCEP Configuration, of the kind Simple SCEP. Intune's configurations need no tokens.",
  switchedOff: "Simple SCEP is switched off for this tenant",
  switchedOffHint:
    "The operator has switched it off, so no device can enrol with a challenge. Ask the operator to switch it on.",
  subject: "Subject",
  subjectHint:
    "Every field may stay empty. What is filled in is fixed; a device may add only what is more specific.",
  commonName: "Common name (CN)",
  commonNameHint: "Empty: each device brings its own name, and one token serves many devices.",
  emailAddress: "Mail address in the subject (emailAddress)",
  organizationalUnit: "Organisational unit (OU)",
  organization: "Organisation (O)",
  locality: "Locality (L)",
  state: "State or province (ST)",
  country: "Country (C)",
  countryHint: "Two letters, such as NZ.",
  wholeSubject: "Write the whole subject instead",
  wholeSubjectLabel: "Subject in RFC 4514 form",
  wholeSubjectHint:
    "For other attributes or another order, most specific first: CN=printer-7,OU=PKI,O=Contoso. The fields above are then ignored.",
  names: "Subject alternative names",
  namesHint:
    "A device may bring none, some or all of these, and no other. A DNS name that begins with *. allows any name below it: *.contoso.example allows printer-7.contoso.example.",
  nameType: (row: number) => `Type of name ${row}`,
  nameValue: (row: number) => `Name ${row}`,
  addName: "Add a name",
  removeName: "Remove",
  removeNameOf: (row: number) => `Remove name ${row}`,
  contact: "Contact mail",
  contactHint: "Gets a link to a page that shows the challenge, once, within 24 hours.",
  uses: "Number of certificates",
  usesHint:
    "How many certificates the challenge is good for. Empty: as many as are wanted until it ends.",
  days: "Valid for days",
  daysHint: "How long the challenge works; certificates live as long as their template says.",
  submit: "Request",
  submitAndApprove: "Request and approve",
  missingMail: "A mail address is needed: the link to the challenge is sent there.",
  wrongUses: "Give a whole number from 1 to 1,000,000,000, or leave it empty.",
  wrongDays: "Give a whole number from 1 to 3650.",

  exampleTitle: "What this would let through",
  breadth: {
    anything:
      "Dangerously vague: no organisation is fixed, so whoever has the challenge gets a certificate in anybody's name.",
    below:
      "Whoever has the challenge gets a certificate for any device of this organisation. Fill in more to allow less.",
    exact:
      "One subject and no other: the challenge serves one device or those that share its name.",
  },
  accepted: "would be accepted",
  refused: "would be refused",
  acceptedNames: (names: string) => `Names: ${names}, or some of them, or none.`,
  acceptedNoNames: "A request with any alternative name would be refused.",

  title: "SCEP requests",
  lead: "What was asked for, and what became of it.",
  mine: "My requests",
  all: "All requests",
  whose: "Whose requests",
  request: "Request SCEP Certificate",
  empty: "No request yet",
  emptyHint:
    "Ask for a token: when it is approved, the contact gets a link to the challenge and to ready-made commands.",
  status: "State",
  states: { pending: "waits for approval", approved: "approved", rejected: "rejected" },
  requestedBy: "Requested by",
  requestedAt: "Requested",
  endsAt: "Token ends",
  decidedBy: "Decided by",
  reason: "Reason",
  unlimited: "as many as wanted",
  token: "Token",
  detailTitle: "SCEP request",
  next: {
    pending:
      "Somebody who may approve decides next. Then a mail with a link goes to the contact; the link works once, within 24 hours.",
    approved:
      "A mail with a link went to the contact. The link opens a page that shows URL, challenge and ready-made commands: once, within 24 hours.",
    rejected: "No token was made, and no mail was sent. Ask anew when the reason is mended.",
  },
  challengeShown: "The challenge was shown",
  challengeShownNext:
    "It is never shown again. Who lost it makes a new request, and the token of this one is revoked. If the contact did not open the link, somebody else has the challenge: revoke the token at once.",
  mailbox: "In development no mail leaves:",
  mailboxLink: "open the mailbox",
  newLink: "Send a new link",
  newLinkTitle: "Send a new link?",
  newLinkText:
    "The link that was mailed before stops working at once. A challenge that was shown already cannot be shown again: then a new request is needed.",
  newLinkAsk: "Was the link lost? Somebody who may approve can send a new one from this page.",

  waitingNotice: "Your request waits for approval. The contact gets a mail once it is approved.",
  approvedNotice:
    "The request was approved. A mail with a one-time link is on its way to the contact.",
  linkNotice: "A new link is on its way to the contact. The one before works no more.",
};
