/** A PKCSReq or RenewalReq whose PKCS #10 has been read and belongs to its sender (RFC 8894, section 3.3.1). */
import { equalBytes } from "../pki/bytes.ts";
import {
  type CertificationRequest,
  parseCertificationRequest,
} from "../pki/certification-request.ts";
import { ok, type Result } from "../result.ts";
import { type OpenedMessage, readContent } from "../scep/opened-message.ts";
import { reject, type ScepRejection } from "../scep/rejection.ts";
import type { Requester } from "./requester.ts";

export interface EnrolmentMessage {
  readonly opened: OpenedMessage;
  readonly requester: Requester;
  readonly request: CertificationRequest;
}

export function readEnrolmentMessage(
  opened: OpenedMessage,
  requester: Requester,
): Result<EnrolmentMessage, ScepRejection> {
  const request = readContent(opened, parseCertificationRequest);
  if (!request.ok) return request;
  const { signer } = opened.verified;
  // RFC 8894, section 2.3: a first request is signed with the key that is to be certified.
  if (
    requester.kind === "new-key" &&
    !equalBytes(request.value.publicKey.der, signer.publicKey.der)
  ) {
    return reject(
      "signer_not_requester",
      "The message is signed with another key than the request's.",
    );
  }
  return ok({ opened, requester, request: request.value });
}
