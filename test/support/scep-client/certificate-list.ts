/** Reads a certificate revocation list (RFC 5280, section 5) as strictly as it has to be written. */
import { digestOfSignature } from "./algorithms.ts";
import { type Bytes, context, hex, tag } from "./der.ts";
import { child, type Element, oidText, read, timeOf } from "./der-reader.ts";
import { verifyWith } from "./keys.ts";

export interface RevokedCertificate {
  /** Without the leading zero that makes the number positive. */
  readonly serialNumberHex: string;
  readonly at: Date;
  /** CRLReason; absent where none is said. */
  readonly reasonCode?: number;
}

export interface CertificateList {
  readonly der: Bytes;
  readonly tbs: Bytes;
  readonly issuer: Bytes;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly revoked: readonly RevokedCertificate[];
  /** By OID. */
  readonly extensions: ReadonlyMap<string, Bytes>;
  readonly number: number;
  readonly signatureAlgorithm: string;
  readonly signature: Bytes;
}

const cRLNumber = "2.5.29.20";
const cRLReason = "2.5.29.21";

function readEntry(entry: Element): RevokedCertificate {
  const serialNumberHex = hex(child(entry, 0, tag.integer).content).replace(/^00(?=.)/, "");
  const at = timeOf(child(entry, 1));
  const [extension, ...more] = entry.children[2]?.children ?? [];
  if (!extension) {
    if (entry.children.length > 2) throw new Error("empty entry extensions");
    return { serialNumberHex, at };
  }
  if (more.length > 0 || oidText(child(extension, 0)) !== cRLReason)
    throw new Error("entry extensions other than the reason");
  // Not critical (RFC 5280, section 5.3.1), so the second field is the value.
  const reason = read(child(extension, 1, tag.octetString).content);
  if (reason.tag !== 0x0a || reason.content.length !== 1) throw new Error("not a CRLReason");
  return { serialNumberHex, at, reasonCode: reason.content[0] ?? 0 };
}

export function readCertificateList(der: Uint8Array): CertificateList {
  const whole = read(der);
  const tbs = child(whole, 0, tag.sequence);
  if (child(tbs, 0, tag.integer).content[0] !== 1) throw new Error("not a CRL of version 2");
  const inner = child(tbs, 1, tag.sequence);
  const outer = child(whole, 1, tag.sequence);
  if (hex(inner.raw) !== hex(outer.raw)) throw new Error("two different signature algorithms");
  const times = [timeOf(child(tbs, 3)), timeOf(child(tbs, 4))] as const;
  const rest = tbs.children.slice(5);
  const list = rest.find((element) => element.tag === tag.sequence);
  // RFC 5280, section 5.1.2.6: where nothing is revoked, the list must be absent.
  if (list?.children.length === 0) throw new Error("an empty revokedCertificates");
  const extensions = new Map<string, Bytes>();
  for (const one of rest.find((element) => element.tag === context(0))?.children[0]?.children ?? [])
    extensions.set(oidText(child(one, 0)), child(one, 1, tag.octetString).content);
  const numberDer = extensions.get(cRLNumber);
  if (numberDer === undefined) throw new Error("a CRL without a cRLNumber");
  return {
    der: whole.raw,
    tbs: tbs.raw,
    issuer: child(tbs, 2, tag.sequence).raw,
    thisUpdate: times[0],
    nextUpdate: times[1],
    revoked: (list?.children ?? []).map(readEntry),
    extensions,
    number: Number(`0x${hex(read(numberDer).content)}`),
    signatureAlgorithm: oidText(child(outer, 0)),
    signature: child(whole, 2, tag.bitString).content.slice(1),
  };
}

export const isCrlSignedBy = (crl: CertificateList, issuerSpki: Uint8Array): boolean =>
  verifyWith(issuerSpki, digestOfSignature(crl.signatureAlgorithm), crl.signature, crl.tbs);
