/** The words of every mail, in one place: another language is another of these files. */
import type { Expiring, MailMessage, TokenApproved } from "../ports/mail-message.ts";
import type { MailContent } from "./content.ts";

export interface Addresses {
  /** Of the tenant's first page in the portal. */
  readonly portal: string;
  /** Of the one-time page, for the message that brings one. */
  readonly link: string | undefined;
}

const dateTime = (iso: string): string => `${iso.slice(0, 16).replace("T", " ")} UTC`;
const subjectOf = (subject: string): string => (subject === "" ? "any subject" : subject);

export function wordsOf(message: MailMessage, { portal, link }: Addresses): MailContent {
  const tenant = ["Tenant", message.tenantName] as const;
  const openPortal = (label: string, path: string) => ({ label, url: `${portal}${path}` });
  switch (message.kind) {
    case "token-approved":
      return tokenApproved(message, link);
    case "token-request-waiting":
      return {
        subject: "A SCEP token request waits for your approval",
        paragraphs: [
          "Somebody asked for a challenge with which devices get certificates. It is handed out only after you approve.",
        ],
        facts: [
          tenant,
          ["Configuration", message.configuration],
          ["Subject", subjectOf(message.subject)],
          ["Contact", message.contactEmail],
        ],
        action: openPortal("Look at the request", "/approvals"),
        remarks: ["Approve only what you expect: whoever has the challenge can enrol devices."],
      };
    case "enrolment-request-waiting":
      return {
        subject:
          (message.others ?? 0) > 0
            ? `${(message.others ?? 0) + 1} devices wait for approval of their certificates`
            : "A device waits for approval of its certificate",
        paragraphs: ["A device asked for a certificate. It asks again by itself until you decide."],
        facts: [
          tenant,
          ["Configuration", message.configuration],
          [message.others ? "Subject of the first" : "Subject", subjectOf(message.subject)],
        ],
        action: openPortal("Look at the request", "/approvals"),
        remarks: [],
      };
    case "expiring":
      return {
        subject: `${capitalised(names[message.what])} ends soon: ${message.name}`,
        paragraphs: [remedies[message.what]],
        facts: [
          tenant,
          [capitalised(names[message.what]), message.name],
          ["Ends", dateTime(message.endsAt)],
        ],
        action: openPortal("Open the dashboard", ""),
        remarks: [],
      };
    case "authority-trouble":
      return {
        subject: `A certification authority needs attention: ${message.authority}`,
        paragraphs: [message.trouble],
        facts: [tenant, ["Certification authority", message.authority]],
        action: openPortal("Open the notices", "/notices"),
        remarks: [],
      };
    case "webhook-disabled":
      return {
        subject: "A webhook was switched off",
        paragraphs: [
          "Its receiver did not take a single event for a long time, so nothing is sent to it any more. Repair the receiver, then enable the webhook again.",
        ],
        facts: [
          tenant,
          ["Address", message.url],
          ["Failing since", dateTime(message.failingSince)],
          ["Last answer", message.lastError],
        ],
        action: openPortal("Open the webhooks", "/webhooks"),
        remarks: [],
      };
  }
}

function tokenApproved(message: TokenApproved, link: string | undefined): MailContent {
  return {
    subject: "Your SCEP challenge is ready",
    paragraphs: [
      "Your request was approved. The page behind this link shows the challenge with which your devices get their certificates, and the commands for it.",
      "The page works once: open it when you have a safe place ready for what it shows.",
    ],
    facts: [
      ["Organisation", message.tenantName],
      ["Configuration", message.configuration],
      ["Subject", subjectOf(message.subject)],
      ["The link works until", dateTime(message.linkExpiresAt)],
    ],
    ...(link === undefined ? {} : { action: { label: "Open the one-time page", url: link } }),
    remarks: [
      "Do not forward this mail. If the link does not work any more and it was not you who opened it, tell the person who approved your request.",
      "You did not ask for this? Then ignore it; nothing happens.",
    ],
  };
}

const names: Readonly<Record<Expiring["what"], string>> = {
  certificate: "certificate",
  "enrolment-agent": "enrolment agent certificate",
  "ocsp-responder": "OCSP responder certificate",
  authority: "certification authority",
  secret: "client secret",
};

const remedies: Readonly<Record<Expiring["what"], string>> = {
  certificate: "Most devices renew by themselves. If this one has not by now, look at it.",
  "enrolment-agent":
    "It is renewed by itself when its CA can be reached. If this mail comes again, issue a new one in the portal.",
  "ocsp-responder":
    "It is renewed by itself when its CA can be reached. If this mail comes again, look at the CA in the portal.",
  authority:
    "Make its successor in time: devices need to learn of the new certificate before the old one ends.",
  secret: "Make a new secret where it comes from, and put it into the portal before this one ends.",
};

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
