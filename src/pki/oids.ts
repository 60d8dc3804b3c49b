/** Object identifiers, named as in their RFCs, and their DER. Pure. */
import { DecodeError } from "./decode-error.ts";
import { encodeElement } from "./der-writer.ts";
import { tags } from "./der-tags.ts";

export const oids = {
  // RFC 5652, sections 4 to 6; RFC 2985
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  envelopedData: "1.2.840.113549.1.7.3",
  encryptedData: "1.2.840.113549.1.7.6",
  // RFC 8018, appendix A.2; RFC 3211, section 2
  pbkdf2: "1.2.840.113549.1.5.12",
  hmacWithSHA256: "1.2.840.113549.2.9",
  pwriKek: "1.2.840.113549.1.9.16.3.9",
  emailAddress: "1.2.840.113549.1.9.1",
  unstructuredName: "1.2.840.113549.1.9.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  challengePassword: "1.2.840.113549.1.9.7",
  unstructuredAddress: "1.2.840.113549.1.9.8",
  extensionRequest: "1.2.840.113549.1.9.14",
  /** The form of Windows' certificate enrolment. */
  microsoftExtensionRequest: "1.3.6.1.4.1.311.2.1.14",
  /** MS-WCCE, section 2.2.2.7.10 */
  enrolmentNameValuePair: "1.3.6.1.4.1.311.13.2.1",
  // Passwords: RFC 8018, appendix B; RFC 9579; RFC 7292, appendix C
  pbes2: "1.2.840.113549.1.5.13",
  pbmac1: "1.2.840.113549.1.5.14",
  hmacWithSHA1: "1.2.840.113549.2.7",
  hmacWithSHA384: "1.2.840.113549.2.10",
  hmacWithSHA512: "1.2.840.113549.2.11",
  pbeWithSHAAnd3KeyTripleDES: "1.2.840.113549.1.12.1.3",
  // RFC 8894, section 3.2.1
  messageType: "2.16.840.1.113733.1.9.2",
  pkiStatus: "2.16.840.1.113733.1.9.3",
  failInfo: "2.16.840.1.113733.1.9.4",
  senderNonce: "2.16.840.1.113733.1.9.5",
  recipientNonce: "2.16.840.1.113733.1.9.6",
  transactionID: "2.16.840.1.113733.1.9.7",
  failInfoText: "1.3.6.1.5.5.7.24.1",
  // RFC 5280, section 4.2
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  cRLNumber: "2.5.29.20",
  nameConstraints: "2.5.29.30",
  deltaCRLIndicator: "2.5.29.27",
  cRLReason: "2.5.29.21",
  cRLDistributionPoints: "2.5.29.31",
  certificatePolicies: "2.5.29.32",
  cpsQualifier: "1.3.6.1.5.5.7.2.1",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
  accessOcsp: "1.3.6.1.5.5.7.48.1",
  accessCaIssuers: "1.3.6.1.5.5.7.48.2",
  // RFC 6960, sections 4.2.1, 4.2.2.2.1 and 4.4
  ocspBasic: "1.3.6.1.5.5.7.48.1.1",
  ocspNonce: "1.3.6.1.5.5.7.48.1.2",
  ocspAcceptableResponses: "1.3.6.1.5.5.7.48.1.4",
  ocspNoCheck: "1.3.6.1.5.5.7.48.1.5",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
  certificateRequestAgent: "1.3.6.1.4.1.311.20.2.1",
  /** Names an account's security identifier (KB5014754); never copied from a request. */
  microsoftSecurityIdentifier: "1.3.6.1.4.1.311.25.2",
  userPrincipalName: "1.3.6.1.4.1.311.20.2.3",
  /** id-pkinit-san (RFC 4556, section 3.2.2). */
  kerberosPrincipalName: "1.3.6.1.5.2.2",
  // Keys and signatures: RFC 3279, 4055, 5480, 5758
  rsaEncryption: "1.2.840.113549.1.1.1",
  md5WithRSAEncryption: "1.2.840.113549.1.1.4",
  sha1WithRSAEncryption: "1.2.840.113549.1.1.5",
  rsaesOaep: "1.2.840.113549.1.1.7",
  mgf1: "1.2.840.113549.1.1.8",
  pSpecified: "1.2.840.113549.1.1.9",
  sha256WithRSAEncryption: "1.2.840.113549.1.1.11",
  sha384WithRSAEncryption: "1.2.840.113549.1.1.12",
  sha512WithRSAEncryption: "1.2.840.113549.1.1.13",
  ecPublicKey: "1.2.840.10045.2.1",
  prime256v1: "1.2.840.10045.3.1.7",
  secp384r1: "1.3.132.0.34",
  ecdsaWithSHA1: "1.2.840.10045.4.1",
  ecdsaWithSHA256: "1.2.840.10045.4.3.2",
  ecdsaWithSHA384: "1.2.840.10045.4.3.3",
  ecdsaWithSHA512: "1.2.840.10045.4.3.4",
  // Digests and ciphers
  md5: "1.2.840.113549.2.5",
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
  desCBC: "1.3.14.3.2.7",
  desEDE3CBC: "1.2.840.113549.3.7",
  aes128CBC: "2.16.840.1.101.3.4.1.2",
  aes192CBC: "2.16.840.1.101.3.4.1.22",
  aes256CBC: "2.16.840.1.101.3.4.1.42",
} as const;

/** More than any that is in use: what strangers name ends up in logs and names. */
const maximumOctets = 64;

/** The content octets of an OBJECT IDENTIFIER (X.690, section 8.19) in dotted form. */
export function readOid(content: Uint8Array): string {
  if ((content.at(-1) ?? 0x80) >= 0x80)
    throw new DecodeError("an object identifier that does not end");
  if (content.length > maximumOctets)
    throw new DecodeError("an object identifier that is too long");
  const arcs: string[] = [];
  let value = 0;
  for (const octet of content) {
    if (value > 0xffff_ffff) throw new DecodeError("an object identifier with an arc over 32 bits");
    value = value * 128 + (octet & 0x7f);
    if (octet & 0x80) continue;
    if (arcs.length === 0) {
      const root = value < 40 ? 0 : value < 80 ? 1 : 2;
      arcs.push(String(root), String(value - root * 40));
    } else {
      arcs.push(String(value));
    }
    value = 0;
  }
  return arcs.join(".");
}

const encoded = new Map<string, Uint8Array>();

/**
 * As `encodeOid`, remembered: for the identifiers of `oids` and of templates, never for one that a stranger chose.
 */
export function oidDer(dotted: string): Uint8Array {
  const known = encoded.get(dotted) ?? encodeOid(dotted);
  encoded.set(dotted, known);
  return known;
}

/** @param dotted throws DecodeError when it is not an object identifier */
export function encodeOid(dotted: string): Uint8Array {
  const arcs = dotted.split(".").map(Number);
  const [root, second] = arcs;
  if (
    !/^[0-2](\.\d{1,10})+$/.test(dotted) ||
    root === undefined ||
    second === undefined ||
    (root < 2 && second > 39)
  ) {
    throw new DecodeError(`"${dotted.slice(0, 80)}" is not an object identifier`);
  }
  const octets: number[] = [];
  for (const arc of [root * 40 + second, ...arcs.slice(2)]) {
    const groups = [arc % 128];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      groups.unshift((rest % 128) | 0x80);
    octets.push(...groups);
  }
  return encodeElement(tags["OBJECT IDENTIFIER"], Uint8Array.from(octets));
}
