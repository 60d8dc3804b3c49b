/** PKCS #10 (RFC 2986) of our own: what a CA asks an outside one to certify. Pure. */
import { bitString, constructed, encode, sequence, setOf, smallInteger } from "./der-writer.ts";
import { constructedContext } from "./der-tags.ts";
import { extensionList } from "./extensions.ts";
import { oidDer, oids } from "./oids.ts";

export interface CertificationRequestInfo {
  readonly subjectDer: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  /** What is wished for, as an extensionRequest (RFC 2985, section 5.4.2). */
  readonly extensions: readonly Uint8Array[];
}

/** The octets that the request's signature is over. */
export const buildCertificationRequestInfo = (info: CertificationRequestInfo): Uint8Array =>
  encode(
    sequence(
      smallInteger(0),
      info.subjectDer,
      info.subjectPublicKeyInfoDer,
      constructed(constructedContext(0), [
        sequence(oidDer(oids.extensionRequest), setOf([extensionList(info.extensions)])),
      ]),
    ),
  );

export const assembleCertificationRequest = (
  infoDer: Uint8Array,
  signatureAlgorithmDer: Uint8Array,
  signature: Uint8Array,
): Uint8Array => encode(sequence(infoDer, signatureAlgorithmDer, bitString(signature)));
