/** TBSCertificate and Certificate (RFC 5280, section 4.1), written once. Pure. */
import {
  bitString,
  constructed,
  type DerPart,
  encode,
  sequence,
  smallInteger,
  time,
  unsignedInteger,
} from "./der-writer.ts";
import { constructedContext } from "./der-tags.ts";
import { certificateExtensions } from "./extensions.ts";

export interface TbsCertificate {
  /** Magnitude, big-endian. */
  readonly serialNumber: Uint8Array;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly subjectDer: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

const version3: DerPart = constructed(constructedContext(0), [smallInteger(2)]);

export function buildTbsCertificate(tbs: TbsCertificate): Uint8Array {
  return encode(
    sequence(
      version3,
      unsignedInteger(tbs.serialNumber),
      tbs.signatureAlgorithmDer,
      tbs.issuerDer,
      sequence(time(tbs.notBeforeSeconds), time(tbs.notAfterSeconds)),
      tbs.subjectDer,
      tbs.subjectPublicKeyInfoDer,
      certificateExtensions(tbs.extensions),
    ),
  );
}

/** @param signature as the algorithm writes it: the RSA number, or Ecdsa-Sig-Value in DER */
export const assembleCertificate = (
  tbsDer: Uint8Array,
  signatureAlgorithmDer: Uint8Array,
  signature: Uint8Array,
): Uint8Array => encode(sequence(tbsDer, signatureAlgorithmDer, bitString(signature)));
