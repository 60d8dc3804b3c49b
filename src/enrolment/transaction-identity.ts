/** What makes two requests the same one (docs/architecture.md, "One object per CA"), as the CA's object compares it. */
import { sha256 } from "../pki/digest.ts";
import type { IssueRequest } from "../ports/certificate-issuing.ts";
import type { EnrolmentMessage } from "./enrolment-message.ts";

export type TransactionIdentity = Pick<
  IssueRequest,
  "configurationId" | "transactionID" | "requestDigest" | "requesterKeyDigest" | "signer"
>;

export async function transactionIdentity(
  { requester, request, opened }: EnrolmentMessage,
  configurationId: string,
): Promise<TransactionIdentity> {
  const { received, signer } = opened.verified;
  return {
    configurationId,
    transactionID: received.transactionID,
    requestDigest: await sha256(request.infoDer),
    requesterKeyDigest: await sha256(signer.publicKey.der),
    signer: requester.kind === "holder" ? requester.held.serialNumberHex : "self-signed",
  };
}
