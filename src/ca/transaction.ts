/**
 * One transactionID, several requests: which is a repeat, which a conflict, which a new one. RFC 8894 derives the id from
 * the key, so a device that comes back with its key comes back with its transactionID. Pure.
 */

export interface EarlierIssue {
  readonly serialNumberHex: string;
  readonly requestDigestHex: string;
  /** `self-signed`, or the serial number of the certificate that signed the message. */
  readonly signer: string;
  readonly recordedAtSeconds: number;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

export interface TransactionRequest {
  readonly requestDigestHex: string;
  readonly signer: string;
}

export type TransactionJudgement =
  | { readonly kind: "new" }
  | { readonly kind: "repeat" | "conflict"; readonly serialNumberHex: string };

const daySeconds = 86_400;

/** Within it the same request gets the same certificate; after it the device wants a new one (FortiGate regenerates). */
export const repeatWindowSeconds = (issue: EarlierIssue): number =>
  Math.min(daySeconds, (issue.notAfterSeconds - issue.notBeforeSeconds) / 3);

/** @param earlier what was recorded under the same configuration and transactionID */
export function judgeTransaction(
  earlier: readonly EarlierIssue[],
  request: TransactionRequest,
  nowSeconds: number,
): TransactionJudgement {
  const bySameSigner = earlier.filter((issue) => issue.signer === request.signer);
  const repeated = bySameSigner.find(
    (issue) =>
      issue.requestDigestHex === request.requestDigestHex &&
      nowSeconds < issue.recordedAtSeconds + repeatWindowSeconds(issue),
  );
  if (repeated) return { kind: "repeat", serialNumberHex: repeated.serialNumberHex };
  const other = bySameSigner.find(
    (issue) =>
      issue.requestDigestHex !== request.requestDigestHex && nowSeconds <= issue.notAfterSeconds,
  );
  return other ? { kind: "conflict", serialNumberHex: other.serialNumberHex } : { kind: "new" };
}
