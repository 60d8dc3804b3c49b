/** What an operator sees of one PKIOperation. Never a challenge, a key or a message. */
import { findDigest } from "../pki/algorithms.ts";
import { singleValue } from "../pki/cms-signed-data.ts";
import { oids } from "../pki/oids.ts";
import type { Authorisation } from "../ports/certificate-authority.ts";
import type { Result } from "../result.ts";
import type { OpenedMessage } from "../scep/opened-message.ts";
import type { ReceivedMessage } from "../scep/received-message.ts";
import { failInfoOf, type ScepRejection } from "../scep/rejection.ts";
import type { AuthorisedEnrolment } from "./authorise.ts";
import type { Reply } from "./reply.ts";

export type Step = "read" | "verify" | "open" | "template" | "authorise" | "issue" | "reply";

export interface ReportedOperation {
  transactionID?: string;
  messageType?: string;
  digest?: string;
  contentEncryption?: string;
  keyTransport?: string;
  authorisation?: string;
  serialNumber?: string;
  pkiStatus?: "SUCCESS" | "FAILURE" | "PENDING";
  enrolmentRequestId?: string;
  failInfo?: string;
  reason?: string;
  detail?: string;
  /** A legacy allowance that was used: each use is to be seen. */
  legacy?: readonly string[];
  outcome?: "issued" | "repeated" | "pending" | "answered" | "refused";
  /** Deployed Workers' clocks advance on I/O only, so pure computation reads zero there. */
  milliseconds: Partial<Record<Step, number>>;
}

const legacyAlgorithms: readonly (string | undefined)[] = [
  "MD5",
  "SHA-1",
  "DES-CBC",
  "DES-EDE3-CBC",
];

export class OperationReport {
  #report: ReportedOperation = { milliseconds: {} };
  #last = performance.now();

  lap(step: Step): void {
    const now = performance.now();
    this.#report.milliseconds[step] = Math.round((now - this.#last) * 100) / 100;
    this.#last = now;
  }

  received({ transactionID, signerInfo }: ReceivedMessage): void {
    this.#report.transactionID = transactionID;
    this.#report.messageType = messageTypeText(signerInfo);
    this.#report.digest =
      findDigest(signerInfo.digestAlgorithm)?.name ?? signerInfo.digestAlgorithm;
    this.lap("read");
  }

  opened({ contentEncryption, keyTransport }: OpenedMessage): void {
    this.#report.contentEncryption = contentEncryption.name;
    this.#report.keyTransport = keyTransport.name;
    const legacy = [this.#report.digest, contentEncryption.name].filter((name) =>
      legacyAlgorithms.includes(name),
    );
    if (legacy.length > 0) this.#report.legacy = legacy.filter((name) => name !== undefined);
  }

  authorised({ authorisation }: AuthorisedEnrolment): void {
    this.#report.authorisation = describe(authorisation);
  }

  finish(reply: Result<Reply, ScepRejection>): ReportedOperation {
    if (!reply.ok) {
      const { reason, detail } = reply.error;
      const failInfo = failInfoOf(reply.error);
      return {
        ...this.#report,
        pkiStatus: "FAILURE",
        failInfo,
        reason,
        detail,
        outcome: "refused",
      };
    }
    if (reply.value.kind === "pending") {
      const { enrolmentRequestId } = reply.value;
      return { ...this.#report, pkiStatus: "PENDING", enrolmentRequestId, outcome: "pending" };
    }
    const { issued } = reply.value;
    if (!issued) return { ...this.#report, pkiStatus: "SUCCESS", outcome: "answered" };
    const { serialNumberHex: serialNumber, repeated } = issued;
    return {
      ...this.#report,
      serialNumber,
      pkiStatus: "SUCCESS",
      outcome: repeated ? "repeated" : "issued",
    };
  }
}

function describe(authorisation: Authorisation): string {
  switch (authorisation.kind) {
    case "token":
      return `token:${authorisation.tokenId}`;
    case "renewal":
      return `renewal:${authorisation.serialNumberHex}`;
    case "approval":
      return authorisation.token ? `approval with token:${authorisation.token.id}` : "approval";
  }
}

function messageTypeText({ signedAttrs }: ReceivedMessage["signerInfo"]): string {
  const occurrences = signedAttrs.get(oids.messageType) ?? [];
  if (occurrences.length !== 1 || occurrences[0]?.length !== 1) return "not one";
  const value = singleValue(signedAttrs, oids.messageType);
  return String.fromCharCode(...(value?.content.subarray(0, 16) ?? []));
}
