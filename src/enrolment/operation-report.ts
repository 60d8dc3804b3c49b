/** What an operator sees of one PKIOperation. Never a challenge, a key or a message. */
import type { CertificateTemplate } from "../ca/certificate-template.ts";
import {
  type ContentEncryptionAlgorithm,
  type ContentEncryptionName,
  type DigestName,
  findDigest,
} from "../pki/algorithms.ts";
import type { CertificationRequest } from "../pki/certification-request.ts";
import { singleValue } from "../pki/cms-signed-data.ts";
import { oids } from "../pki/oids.ts";
import { signatureDigest } from "../pki/signature.ts";
import type { IntuneCall, IntuneOutcome } from "../ports/intune-service.ts";
import type { Authorisation } from "../ports/certificate-issuing.ts";
import type { Result } from "../result.ts";
import type { OpenedMessage } from "../scep/opened-message.ts";
import type { ReceivedMessage } from "../scep/received-message.ts";
import { failInfoOf, type ScepRejection } from "../scep/rejection.ts";
import type { Postponement } from "./postponement.ts";
import type { Reply } from "./reply.ts";
import { namesAskedFor, namesOfSigner, type ReportedNames } from "./reported-names.ts";

export type Step =
  | "read"
  | "verify"
  | "open"
  | "template"
  | "lease"
  | "validate"
  | "authorise"
  | "issue"
  | "notify"
  | "reply";

export interface ReportedOperation {
  transactionID?: string;
  messageType?: string;
  digest?: string;
  contentEncryption?: string;
  keyTransport?: string;
  authorisation?: string;
  /** Microsoft's code, when it was not `Success`. */
  intuneCode?: string;
  /** Each call to Microsoft's cloud, with its activity id. */
  intune?: readonly IntuneCall[];
  serialNumber?: string;
  pkiStatus?: "SUCCESS" | "FAILURE" | "PENDING";
  enrolmentRequestId?: string;
  failInfo?: string;
  reason?: string;
  detail?: string;
  /** A legacy allowance that was used: each use is to be seen. */
  legacy?: readonly string[];
  outcome?: "issued" | "repeated" | "pending" | "answered" | "refused" | "postponed";
  retryAfterSeconds?: number;
  /** Deployed Workers' clocks advance on I/O only, so pure computation reads zero there. */
  milliseconds: Partial<Record<Step, number>>;
}

/** A refusal quotes what a stranger sent; a log line must not grow with it. */
const maximumDetailLength = 1000;

const legacyAlgorithms: ReadonlySet<string> = new Set<DigestName | ContentEncryptionName>([
  "MD5",
  "SHA-1",
  "DES-CBC",
  "DES-EDE3-CBC",
]);

export class OperationReport {
  #report: ReportedOperation = { milliseconds: {} };
  #legacy: string[] = [];
  #calls: IntuneCall[] = [];
  #names: ReportedNames | undefined;
  #request: CertificationRequest | undefined;
  #received: ReceivedMessage | undefined;
  #last = performance.now();

  lap(step: Step): void {
    const now = performance.now();
    this.#report.milliseconds[step] = Math.round((now - this.#last) * 100) / 100;
    this.#last = now;
  }

  received(message: ReceivedMessage): void {
    const { transactionID, signerInfo } = message;
    this.#received = message;
    this.#report.transactionID = transactionID;
    this.#report.messageType = messageTypeText(signerInfo);
    this.#report.digest =
      findDigest(signerInfo.digestAlgorithm)?.name ?? signerInfo.digestAlgorithm;
    this.lap("read");
  }

  requested(request: CertificationRequest): void {
    this.#request = request;
  }

  /** The envelope's algorithm is allowed, and so is the message's digest. */
  accepted({ name }: ContentEncryptionAlgorithm): void {
    this.#report.contentEncryption = name;
    for (const used of [this.#report.digest, name])
      if (used && legacyAlgorithms.has(used)) this.#legacy.push(used);
  }

  opened({ contentEncryption, keyTransport }: OpenedMessage): void {
    this.accepted(contentEncryption);
    this.#report.keyTransport = keyTransport.name;
  }

  /** The PKCS #10 passed the template, which may allow its signature to be weak, or to be none. */
  templated(
    { signatureAlgorithm, publicKey }: CertificationRequest,
    { requestSignature }: CertificateTemplate,
    requested: ReportedNames,
  ): void {
    this.#names = requested;
    const digest = signatureDigest(signatureAlgorithm, publicKey);
    if (requestSignature === "ignore") this.#legacy.push("request-signature:ignored");
    else if (digest && legacyAlgorithms.has(digest))
      this.#legacy.push(`request-signature:${digest}`);
  }

  authorised(authorisation: Authorisation): void {
    this.#report.authorisation = describe(authorisation);
  }

  /** Microsoft was asked, and said something or did not. */
  asked({ result, calls }: IntuneOutcome<unknown>): void {
    this.#calls.push(...calls);
    if (!result.ok && result.error.kind === "refused") this.#report.intuneCode = result.error.code;
  }

  get names(): ReportedNames | undefined {
    return (
      this.#names ??
      (this.#request && namesAskedFor(this.#request)) ??
      (this.#received && namesOfSigner(this.#received))
    );
  }

  /** Nothing was decided: the device is to ask again. */
  postponed({ reason, detail, retryAfterSeconds }: Postponement): ReportedOperation {
    return {
      ...this.#gathered(),
      reason,
      detail: detail.slice(0, maximumDetailLength),
      retryAfterSeconds,
      outcome: "postponed",
    };
  }

  #gathered(): ReportedOperation {
    return {
      ...this.#report,
      ...(this.#legacy.length > 0 && { legacy: this.#legacy }),
      ...(this.#calls.length > 0 && { intune: this.#calls }),
    };
  }

  finish(reply: Result<Reply, ScepRejection>): ReportedOperation {
    const report = this.#gathered();
    if (!reply.ok) {
      const { reason } = reply.error;
      const detail = reply.error.detail.slice(0, maximumDetailLength);
      const failInfo = failInfoOf(reply.error);
      return {
        ...report,
        pkiStatus: "FAILURE",
        failInfo,
        reason,
        detail,
        outcome: "refused",
      };
    }
    if (reply.value.kind === "pending") {
      const { enrolmentRequestId } = reply.value;
      return { ...report, pkiStatus: "PENDING", enrolmentRequestId, outcome: "pending" };
    }
    const { issued } = reply.value;
    if (!issued) return { ...report, pkiStatus: "SUCCESS", outcome: "answered" };
    const { serialNumberHex: serialNumber, repeated } = issued;
    return {
      ...report,
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
    case "intune":
      return `intune:${authorisation.connectionId}`;
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
