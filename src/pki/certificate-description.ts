/**
 * What people are shown of a certificate. Off the path of a PKIOperation, so read with the schema classes of
 * @peculiar/asn1-x509: a second reader of everything the lean writer has written.
 */
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  type Extension,
  KeyUsage,
  type Time,
} from "@peculiar/asn1-x509";
import { toHex } from "./bytes.ts";
import { sha256 } from "./digest.ts";
import { DecodeError } from "./decode-error.ts";
import { readDer } from "./der-reader.ts";
import { formatDistinguishedName, readDistinguishedName } from "./distinguished-name.ts";
import { type GeneralName, readGeneralName } from "./general-name.ts";
import { keyUsageNamesOf } from "./key-usage.ts";
import { oids } from "./oids.ts";

export interface CertificateDescription {
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  /** RFC 4514. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly signatureAlgorithm: string;
  readonly certificateAuthority: boolean;
  readonly keyUsage: readonly string[];
  /** Object identifiers. */
  readonly extendedKeyUsage: readonly string[];
  readonly subjectAlternativeNames: readonly GeneralName[];
  /** SHA-256 of the whole certificate, lower-case hexadecimal. */
  readonly sha256Fingerprint: string;
}

export async function describeCertificate(der: Uint8Array): Promise<CertificateDescription> {
  const { tbsCertificate } = parse(der);
  const { serialNumber, subject, issuer, validity, signature, extensions = [] } = tbsCertificate;
  const valueOf = (oid: string): ArrayBuffer | undefined =>
    extensions.find((extension: Extension) => extension.extnID === oid)?.extnValue.buffer;
  const [usage, purposes, names, constraints] = [
    oids.keyUsage,
    oids.extendedKeyUsage,
    oids.subjectAltName,
    oids.basicConstraints,
  ].map(valueOf);
  return {
    serialNumber: toHex(new Uint8Array(serialNumber)).replace(/^(00)+(?=.)/, ""),
    subject: nameText(AsnConvert.serialize(subject)),
    issuer: nameText(AsnConvert.serialize(issuer)),
    notBefore: timeOf(validity.notBefore),
    notAfter: timeOf(validity.notAfter),
    signatureAlgorithm: signature.algorithm,
    certificateAuthority: constraints ? AsnConvert.parse(constraints, BasicConstraints).cA : false,
    keyUsage: usage ? keyUsageNamesOf(AsnConvert.parse(usage, KeyUsage).toNumber()) : [],
    extendedKeyUsage: purposes ? [...AsnConvert.parse(purposes, ExtendedKeyUsage)] : [],
    subjectAlternativeNames: names
      ? readDer(new Uint8Array(names)).children().map(readGeneralName)
      : [],
    sha256Fingerprint: toHex(await sha256(der)),
  };
}

function parse(der: Uint8Array): Certificate {
  try {
    return AsnConvert.parse(der, Certificate);
  } catch (error) {
    throw new DecodeError("not a certificate", { cause: error });
  }
}

const nameText = (der: ArrayBuffer): string =>
  formatDistinguishedName(readDistinguishedName(readDer(new Uint8Array(der))));

const timeOf = (time: Time): Date => time.getTime();
