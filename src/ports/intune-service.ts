/**
 * Microsoft's side of Intune SCEP: what must agree before a certificate is signed, and again before it is delivered.
 * Every method ends by `deadline`; none throws for what Microsoft or the network does.
 */
import type { Result } from "../result.ts";
import type { IntuneConnection } from "./intune-connection.ts";

export type IntuneHop =
  | "graph-token"
  | "discovery"
  | "intune-token"
  | "validate"
  | "success-notification"
  | "failure-notification"
  | "revocation-download"
  | "revocation-upload";

/** For longer than this Microsoft is not left alone, whatever it wishes; nor are devices told to stay away for longer. */
export const longestRetryAfterSeconds = 3600;

/** One HTTP call that was made, for the log line and the timeline. */
export interface IntuneCall {
  readonly hop: IntuneHop;
  /** `client-request-id`: a GUID, new for each call; what Microsoft's support asks for. */
  readonly activityId: string;
  /** Absent when no answer came. */
  readonly httpStatus?: number;
  readonly milliseconds: number;
  /** Microsoft's code, or what went wrong. At most 300 characters, without a secret, a token or a challenge. */
  readonly detail?: string;
}

/** What is set up wrongly, and where: one remedy belongs to each. */
export type IntuneProblem =
  | "secret_expired"
  /** Or the secret's id was pasted in place of its value. */
  | "secret_wrong"
  | "certificate_unknown"
  | "credential_missing"
  | "credential_unreadable"
  | "app_not_in_directory"
  | "directory_unknown"
  /** No Intune in this directory, the wrong cloud, or a lost slash in the scope. */
  | "intune_resource_unknown"
  | "scope_refused"
  | "token_refused"
  | "graph_forbidden"
  | "intune_not_activated"
  | "provider_missing"
  /** Graph named an address that is not Microsoft's; no token went there. */
  | "service_address_refused"
  | "intune_forbidden"
  | "request_malformed";

export type IntuneFailure =
  /** A verdict other than exactly `Success`: final. */
  | {
      readonly kind: "refused";
      /** Microsoft's code; `(none)` when it was missing or no string, `(unreadable)` when it is no word of at most 100 characters. */
      readonly code: string;
      /** Microsoft's text, without what it quotes of secrets, clipped to 500 characters. For the operator only. */
      readonly description: string;
    }
  /** Transient, after the retries that fit; or the breaker of this connection is open. */
  | {
      readonly kind: "trouble";
      readonly hop: IntuneHop;
      readonly detail: string;
      readonly retryAfterSeconds: number;
    }
  /** An administrator must mend it in Microsoft's portal or here. No verdict on the device. */
  | {
      readonly kind: "misconfigured";
      readonly hop: IntuneHop;
      readonly problem: IntuneProblem;
      readonly detail: string;
      /** What to click. */
      readonly remedy: string;
      readonly retryAfterSeconds: number;
    };

/** Microsoft could not read the request: whatever is wrong there is hardly the device's fault. */
export const unreadableRequestCode = "CertificateRequestDecodingFailed";

export interface IntuneOutcome<Value> {
  readonly result: Result<Value, IntuneFailure>;
  readonly calls: readonly IntuneCall[];
}

/** What a request is called in all calls about it: the same octets in each. */
export interface IntuneRequest {
  /** As in the SCEP message. */
  readonly transactionID: string;
  /** DER of the PKCS #10 exactly as decrypted, challenge included. */
  readonly certificationRequestDer: Uint8Array;
}

/** Facts of the certificate, sent with identical content each time. */
export interface IssuedNotification extends IntuneRequest {
  /** SHA-1 of the certificate's DER, hex; sent in upper case. */
  readonly thumbprintHex: string;
  /** Hex; sent in upper case. */
  readonly serialNumberHex: string;
  readonly notAfter: Date;
  /** At most 256 characters; revocation requests name the issuer by it. */
  readonly issuingCertificateAuthority: string;
  /** The CA's id: comes back in revocation requests. */
  readonly caConfiguration: string;
  /** The CA's name, for people. */
  readonly certificateAuthority: string;
}

export interface FailedNotification extends IntuneRequest {
  /** HRESULT, unsigned. */
  readonly hResult: number;
  /** Clipped to 255 characters. */
  readonly errorDescription: string;
}

/** Microsoft asks for a certificate of ours to be revoked. */
export interface RevocationRequest {
  /** Opaque; goes back with the result. */
  readonly requestContext: string;
  /** As it came: hex in any case, or decimal. */
  readonly serialNumber: string;
  readonly issuerName?: string;
  readonly caConfiguration?: string;
}

export type RevocationErrorCode =
  | "None"
  | "ParameterDataInvalidError"
  | "CertificateNotFoundError"
  | "NotSupportedError";

export interface RevocationResult {
  readonly requestContext: string;
  /** `None`: it is revoked. */
  readonly errorCode: RevocationErrorCode;
  readonly errorMessage?: string;
}

/** One hop of "Validate Configuration". The revocation queue is not asked: whoever asks gets nothing more for an hour. */
export interface IntuneDiagnosis {
  readonly hop: IntuneHop | "revocation-discovery";
  readonly outcome: "ok" | "failed" | "not-tried";
  readonly detail: string;
  readonly problem?: IntuneProblem;
  readonly remedy?: string;
}

export interface IntuneService {
  /** Success, and nothing else, allows signing. May be repeated. */
  validateRequest(
    connection: IntuneConnection,
    request: IntuneRequest,
    deadline: Date,
  ): Promise<IntuneOutcome<undefined>>;
  /** Success, and nothing else, allows delivery. Repeat it with identical content only. */
  notifySuccess(
    connection: IntuneConnection,
    notification: IssuedNotification,
    deadline: Date,
  ): Promise<IntuneOutcome<undefined>>;
  /** For refusals of our own after a Success verdict, and for nothing else. */
  notifyFailure(
    connection: IntuneConnection,
    notification: FailedNotification,
    deadline: Date,
  ): Promise<IntuneOutcome<undefined>>;
  /** After a download, Microsoft hands out nothing for 60 minutes: make the answer durable before acting on it. */
  downloadRevocationRequests(
    connection: IntuneConnection,
    limit: number,
    deadline: Date,
  ): Promise<IntuneOutcome<readonly RevocationRequest[]>>;
  /** True only when Microsoft recorded the results. */
  uploadRevocationResults(
    connection: IntuneConnection,
    results: readonly RevocationResult[],
    deadline: Date,
  ): Promise<IntuneOutcome<boolean>>;
  /**
   * "Validate Configuration": tokens minted afresh, discovery, and a validateRequest that can only be refused.
   * @param withRevocation whether the revocation service is to be found as well
   */
  diagnose(
    connection: IntuneConnection,
    withRevocation: boolean,
    deadline: Date,
  ): Promise<{
    readonly steps: readonly IntuneDiagnosis[];
    readonly calls: readonly IntuneCall[];
  }>;
}
