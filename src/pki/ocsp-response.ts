/** OCSPResponse (RFC 6960, section 4.2), written once. Pure. */
import { type RevocationReason, crlReasonCodes } from "./crl-reason.ts";
import { constructedContext, primitiveContext, tags } from "./der-tags.ts";
import {
  bitString,
  constructed,
  type DerPart,
  encode,
  generalizedTime,
  octetString,
  primitive,
  sequence,
} from "./der-writer.ts";
import { oidDer, oids } from "./oids.ts";

export type CertStatus =
  | { readonly status: "good" }
  | {
      readonly status: "revoked";
      readonly revokedAtSeconds: number;
      readonly reason: RevocationReason;
    }
  | { readonly status: "unknown" };

export interface SingleResponse {
  /** As it was asked. */
  readonly certIdDer: Uint8Array;
  readonly certStatus: CertStatus;
}

export interface ResponseData {
  /** SHA-1 of the responder's public key bits. */
  readonly responderKeyHash: Uint8Array;
  readonly producedAtSeconds: number;
  /** When the status was read; the same for all. */
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
  readonly responses: readonly SingleResponse[];
  /** The value of the nonce extension. */
  readonly nonceDer?: Uint8Array | undefined;
}

/** The octets that are signed. */
export function buildResponseData(data: ResponseData): Uint8Array {
  const { nonceDer, thisUpdateSeconds, nextUpdateSeconds } = data;
  const thisUpdate = generalizedTime(thisUpdateSeconds);
  const nextUpdate = constructed(constructedContext(0), [generalizedTime(nextUpdateSeconds)]);
  return encode(
    sequence(
      constructed(constructedContext(2), [octetString(data.responderKeyHash)]),
      generalizedTime(data.producedAtSeconds),
      sequence(
        ...data.responses.map(({ certIdDer, certStatus }) =>
          sequence(certIdDer, certStatusPart(certStatus), thisUpdate, nextUpdate),
        ),
      ),
      nonceDer &&
        constructed(constructedContext(1), [
          sequence(sequence(oidDer(oids.ocspNonce), octetString(nonceDer))),
        ]),
    ),
  );
}

const nothing = new Uint8Array(0);
const good = primitive(primitiveContext(0), nothing);
const unknown = primitive(primitiveContext(2), nothing);

function certStatusPart(certStatus: CertStatus): DerPart {
  switch (certStatus.status) {
    case "good":
      return good;
    case "unknown":
      return unknown;
    case "revoked":
      return constructed(constructedContext(1), [
        generalizedTime(certStatus.revokedAtSeconds),
        constructed(constructedContext(0), [enumerated(crlReasonCodes[certStatus.reason])]),
      ]);
  }
}

const enumerated = (value: number): DerPart => primitive(tags.ENUMERATED, Uint8Array.of(value));

/** A successful answer, the responder's certificate with it. */
export function assembleOcspResponse(
  responseDataDer: Uint8Array,
  signatureAlgorithmDer: Uint8Array,
  signature: Uint8Array,
  responderCertificateDer: Uint8Array,
): Uint8Array {
  const basic = sequence(
    responseDataDer,
    signatureAlgorithmDer,
    bitString(signature),
    constructed(constructedContext(0), [sequence(responderCertificateDer)]),
  );
  return encode(
    sequence(
      enumerated(0),
      constructed(constructedContext(0), [
        sequence(oidDer(oids.ocspBasic), octetString(encode(basic))),
      ]),
    ),
  );
}

const errorCodes = { malformedRequest: 1, tryLater: 3, unauthorized: 6 } as const;
export type OcspError = keyof typeof errorCodes;

/** An answer without a signature. */
export const ocspErrorResponse = (error: OcspError): Uint8Array =>
  encode(sequence(enumerated(errorCodes[error])));
