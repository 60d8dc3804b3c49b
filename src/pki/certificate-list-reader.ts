/** A CertificateList of somebody else's, of any length (RFC 5280, section 5). Pure but for the signature. */
import { readAlgorithmIdentifier } from "./algorithms.ts";
import { toHex } from "./bytes.ts";
import { crlReasonCodes, type RevocationReason } from "./crl-reason.ts";
import { DecodeError } from "./decode-error.ts";
import { type DerElement, readDer, readLargeDer } from "./der-reader.ts";
import { constructedContext, tags } from "./der-tags.ts";
import { readTime } from "./der-values.ts";
import { readExtensions } from "./extensions.ts";
import { oids } from "./oids.ts";
import type { PublicKey } from "./public-key.ts";
import { signatureDigest, verifySignature } from "./signature.ts";

export interface RevokedCertificate {
  /** Lower case, without leading zero octets. */
  readonly serialNumberHex: string;
  readonly revokedAt: Date;
  readonly reason: RevocationReason;
}

export interface CertificateList {
  readonly issuerDer: Uint8Array;
  /** cRLNumber; undefined: it has none. */
  readonly number: number | undefined;
  readonly revoked: readonly RevokedCertificate[];
  /** Whether this key has signed it. */
  readonly isSignedBy: (key: PublicKey) => Promise<boolean>;
}

export function readCertificateList(der: Uint8Array): CertificateList {
  const list = readLargeDer(der).fields();
  const tbs = list.take("SEQUENCE");
  const signatureAlgorithm = readAlgorithmIdentifier(list.take("SEQUENCE")).oid;
  const signature = list.take("BIT STRING").content.subarray(1);
  list.finish();
  const fields = tbs.fields();
  fields.optional("INTEGER");
  fields.take("SEQUENCE");
  const issuerDer = fields.take("SEQUENCE").der;
  fields.any();
  for (const nextUpdate of ["UTCTime", "GeneralizedTime"] as const) fields.optional(nextUpdate);
  const entries = fields.optional("SEQUENCE")?.children() ?? [];
  const extensions = fields.optional(constructedContext(0))?.children()[0];
  fields.finish();
  return {
    issuerDer,
    number: numberIn(extensions),
    revoked: entries.flatMap(readEntry),
    isSignedBy: async (key) => {
      const digest = signatureDigest(signatureAlgorithm, key);
      return digest !== undefined && (await verifySignature(key, digest, signature, tbs.der));
    },
  };
}

function numberIn(extensions: DerElement | undefined): number | undefined {
  if (!extensions) return undefined;
  const all = readExtensions(extensions);
  if (all.has(oids.deltaCRLIndicator))
    throw new DecodeError("The CRL is a delta CRL; give the base CRL");
  const value = all.get(oids.cRLNumber)?.value;
  const number = value && readDer(value).content.reduce((sum, octet) => sum * 256 + octet, 0);
  if (number !== undefined && !Number.isSafeInteger(number))
    throw new DecodeError("The CRL's number is too large to be taken over");
  return number;
}

const reasons = new Map<number, RevocationReason>(
  Object.entries(crlReasonCodes).map(([name, code]) => [code, name as RevocationReason]),
);
const removeFromCrl = 8;

function readEntry(entry: DerElement): RevokedCertificate[] {
  const [serialNumber, revokedAt, extensions] = entry.children();
  if (serialNumber?.tag !== tags.INTEGER || !revokedAt)
    throw new DecodeError("The CRL has an entry that is none");
  const reason = extensions && readExtensions(extensions).get(oids.cRLReason)?.value;
  const code = reason?.at(-1) ?? crlReasonCodes.unspecified;
  if (code === removeFromCrl) return [];
  return [
    {
      serialNumberHex: toHex(serialNumber.content).replace(/^(00)+(?=.)/, ""),
      revokedAt: readTime(revokedAt),
      reason: reasons.get(code) ?? "unspecified",
    },
  ];
}
