/** An X.509 certificate as received (RFC 5280, section 4.1), in slices. Pure. */
import { readAlgorithmIdentifier } from "./algorithms.ts";
import { DecodeError } from "./decode-error.ts";
import { type DerElement, readDer } from "./der-reader.ts";
import { constructedContext, primitiveContext, tags } from "./der-tags.ts";
import { readTime } from "./der-values.ts";
import { encode, sequence } from "./der-writer.ts";
import { type PublicKey, readSubjectPublicKeyInfo } from "./public-key.ts";

export interface Certificate {
  readonly der: Uint8Array;
  /** INTEGER content octets as received; old Cisco devices send negative ones. */
  readonly serialNumber: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly subjectDer: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: PublicKey;
  readonly signatureAlgorithm: string;
  /** The SEQUENCE OF Extension, when there is one. */
  readonly extensions: DerElement | undefined;
  /** IssuerAndSerialNumber (RFC 5652, section 10.2.4) that names this certificate. */
  readonly issuerAndSerialNumberDer: Uint8Array;
}

export function readCertificate(element: DerElement): Certificate {
  if (element.tag !== tags.SEQUENCE) throw new DecodeError("not a certificate");
  const certificate = element.fields();
  const fields = certificate.take("SEQUENCE").fields();
  const signatureAlgorithm = readAlgorithmIdentifier(certificate.take("SEQUENCE")).oid;
  certificate.take("BIT STRING");
  certificate.finish();
  fields.optional(constructedContext(0));
  const serialNumber = fields.take("INTEGER");
  fields.take("SEQUENCE");
  const issuer = fields.take("SEQUENCE");
  const [notBefore, notAfter] = fields.take("SEQUENCE").children();
  const subject = fields.take("SEQUENCE");
  const publicKey = readSubjectPublicKeyInfo(fields.take("SEQUENCE"));
  fields.optional(primitiveContext(1));
  fields.optional(primitiveContext(2));
  const extensions = fields.optional(constructedContext(3))?.children()[0];
  fields.finish();
  if (!notBefore || !notAfter) throw new DecodeError("a certificate without validity");
  return {
    der: element.der,
    serialNumber: serialNumber.content,
    issuerDer: issuer.der,
    subjectDer: subject.der,
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    publicKey,
    signatureAlgorithm,
    extensions,
    issuerAndSerialNumberDer: encode(sequence(issuer.der, serialNumber.der)),
  };
}

export const parseCertificate = (der: Uint8Array): Certificate => readCertificate(readDer(der));
