/** Certificates: the self-signed signer of a first request, and a reader for what comes back. */
import { randomBytes } from "node:crypto";
import { algorithm, type Digest, digestOfSignature, digests } from "./algorithms.ts";
import {
  type Bytes,
  bitString,
  bytes,
  context,
  hex,
  integer,
  oid,
  sequence,
  tag,
  time,
  tlv,
} from "./der.ts";
import { child, oidText, read, timeOf } from "./der-reader.ts";
import { type KeyPair, verifyWith } from "./keys.ts";
import { name, nameText } from "./names.ts";

export interface Certificate {
  readonly der: Bytes;
  readonly tbs: Bytes;
  readonly serialNumber: Bytes;
  readonly serialNumberHex: string;
  readonly issuer: Bytes;
  readonly subject: Bytes;
  readonly subjectText: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly spki: Bytes;
  readonly extensions: ReadonlyMap<string, { readonly critical: boolean; readonly value: Bytes }>;
  readonly signatureAlgorithm: string;
  readonly signature: Bytes;
}

export function readCertificate(der: Uint8Array): Certificate {
  const whole = read(der);
  const tbs = child(whole, 0, tag.sequence);
  const [version, serial, , issuer, validity, subject, spki, ...rest] = tbs.children;
  if (
    !version ||
    !serial ||
    !issuer ||
    !validity ||
    !subject ||
    !spki ||
    version.tag !== context(0)
  ) {
    throw new Error("not an X.509 version 3 certificate");
  }
  const extensions = new Map<string, { critical: boolean; value: Bytes }>();
  for (const one of rest.find((element) => element.tag === context(3))?.children[0]?.children ??
    []) {
    const dotted = oidText(child(one, 0));
    if (extensions.has(dotted)) throw new Error(`extension ${dotted} occurs twice`);
    const critical = one.children.length === 3;
    extensions.set(dotted, {
      critical,
      value: child(one, critical ? 2 : 1, tag.octetString).content,
    });
  }
  return {
    der: whole.raw,
    tbs: tbs.raw,
    serialNumber: serial.content,
    serialNumberHex: hex(serial.content).replace(/^00(?=.)/, ""),
    issuer: issuer.raw,
    subject: subject.raw,
    subjectText: nameText(subject.raw),
    notBefore: timeOf(child(validity, 0)),
    notAfter: timeOf(child(validity, 1)),
    spki: spki.raw,
    extensions,
    signatureAlgorithm: oidText(child(child(whole, 1), 0)),
    signature: child(whole, 2, tag.bitString).content.slice(1),
  };
}

export const isSignedBy = (certificate: Certificate, issuerSpki: Uint8Array): boolean =>
  verifyWith(
    issuerSpki,
    digestOfSignature(certificate.signatureAlgorithm),
    certificate.signature,
    certificate.tbs,
  );

export interface CertificatePlan {
  readonly key: KeyPair;
  readonly subject?: Bytes;
  readonly issuer?: Bytes;
  /** Whose signature it carries; its own unless given. */
  readonly signingKey?: KeyPair;
  readonly serialNumber?: Uint8Array;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly digest?: Digest;
  readonly extensions?: readonly Bytes[];
}

const day = 86_400_000;

export function buildCertificate(plan: CertificatePlan): Certificate {
  const subject = plan.subject ?? name("CN=SCEP signer");
  const signer = plan.signingKey ?? plan.key;
  const digest = plan.digest ?? "SHA-256";
  const signatureAlgorithm =
    signer.kind === "RSA" ? algorithm(digests[digest].rsa) : sequence(oid(digests[digest].ecdsa));
  const positive = randomBytes(16);
  positive[0] = (positive[0]! & 0x7f) | 0x40;
  const tbs = sequence(
    tlv(context(0), integer(2)),
    plan.serialNumber === undefined
      ? integer(bytes(positive))
      : tlv(tag.integer, plan.serialNumber),
    signatureAlgorithm,
    plan.issuer ?? subject,
    sequence(
      time(plan.notBefore ?? new Date(Date.now() - day)),
      time(plan.notAfter ?? new Date(Date.now() + day)),
    ),
    subject,
    plan.key.spki,
    ...(plan.extensions === undefined ? [] : [tlv(context(3), sequence(...plan.extensions))]),
  );
  return readCertificate(sequence(tbs, signatureAlgorithm, bitString(signer.sign(digest, tbs))));
}
