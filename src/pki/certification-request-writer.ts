/** PKCS #10 (RFC 2986) of our own: what a CA asks an outside one to certify. Pure. */
import { constructedContext, tags } from "./der-tags.ts";
import {
  bitString,
  characterString,
  constructed,
  encode,
  sequence,
  setOf,
  smallInteger,
  sortSetOf,
} from "./der-writer.ts";
import { extensionList } from "./extensions.ts";
import { oidDer, oids } from "./oids.ts";

export interface CertificationRequestInfo {
  readonly subjectDer: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  /** What is wished for, as an extensionRequest (RFC 2985, section 5.4.2). */
  readonly extensions: readonly Uint8Array[];
  /** RFC 2985, section 5.4.1; absent: no such attribute. ASCII. */
  readonly challengePassword?: string;
}

/** The octets that the request's signature is over. */
export const buildCertificationRequestInfo = (info: CertificationRequestInfo): Uint8Array =>
  encode(
    sequence(
      smallInteger(0),
      info.subjectDer,
      info.subjectPublicKeyInfoDer,
      constructed(constructedContext(0), attributesOf(info)),
    ),
  );

/** A SET OF, so in the order of their octets (X.690, section 11.6). */
function attributesOf({ extensions, challengePassword }: CertificationRequestInfo): Uint8Array[] {
  const attributes = [
    sequence(oidDer(oids.extensionRequest), setOf([extensionList(extensions)])),
    ...(challengePassword === undefined
      ? []
      : [
          sequence(
            oidDer(oids.challengePassword),
            setOf([characterString(tags.PrintableString, challengePassword)]),
          ),
        ]),
  ];
  return sortSetOf(attributes.map(encode));
}

export const assembleCertificationRequest = (
  infoDer: Uint8Array,
  signatureAlgorithmDer: Uint8Array,
  signature: Uint8Array,
): Uint8Array => encode(sequence(infoDer, signatureAlgorithmDer, bitString(signature)));
