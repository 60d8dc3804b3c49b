/** What an operator sees of one PKIOperation. Never a challenge, a key or a message. */
import { findDigest } from "../pki/algorithms.ts";
import { singleValue } from "../pki/cms-signed-data.ts";
import { oids } from "../pki/oids.ts";
import type { IssuedCertificate } from "../ports/certificate-authority.ts";
import type { OpenedMessage } from "../scep/opened-message.ts";
import type { ReceivedMessage } from "../scep/received-message.ts";
import { failInfoOf, type ScepRejection } from "../scep/rejection.ts";
import type { AuthorisedEnrolment } from "./authorise.ts";

export type Step = "read" | "verify" | "open" | "template" | "authorise" | "issue" | "reply";

export interface ReportedOperation {
  transactionID?: string;
  messageType?: string;
  digest?: string;
  contentEncryption?: string;
  keyTransport?: string;
  authorisation?: string;
  serialNumber?: string;
  pkiStatus?: "SUCCESS" | "FAILURE";
  failInfo?: string;
  reason?: string;
  detail?: string;
  /** A legacy allowance that was used: each use is to be seen. */
  legacy?: readonly string[];
  outcome?: "issued" | "repeated" | "refused";
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
    this.#report.authorisation = `${authorisation.kind}:${authorisation.tokenId}`;
  }

  issued({ serialNumberHex, repeated }: IssuedCertificate): ReportedOperation {
    return {
      ...this.#report,
      serialNumber: serialNumberHex,
      pkiStatus: "SUCCESS",
      outcome: repeated ? "repeated" : "issued",
    };
  }

  refused(rejection: ScepRejection): ReportedOperation {
    const { reason, detail } = rejection;
    return {
      ...this.#report,
      pkiStatus: "FAILURE",
      failInfo: failInfoOf(rejection),
      reason,
      detail,
      outcome: "refused",
    };
  }
}

function messageTypeText({ signedAttrs }: ReceivedMessage["signerInfo"]): string {
  const occurrences = signedAttrs.get(oids.messageType) ?? [];
  if (occurrences.length !== 1 || occurrences[0]?.length !== 1) return "not one";
  const value = singleValue(signedAttrs, oids.messageType);
  return String.fromCharCode(...(value?.content.subarray(0, 16) ?? []));
}
