/** What makes a certificate one of a CA, and what binds those below it (RFC 5280, section 4.2.1). Pure but for signatures. */
import type { Certificate } from "./certificate.ts";
import { readDer } from "./der-reader.ts";
import { type Extension, readBitString, readExtensions } from "./extensions.ts";
import { readKeyUsageBits } from "./key-usage.ts";
import { type NameConstraints, readNameConstraints } from "./name-constraints.ts";
import { oids } from "./oids.ts";
import type { PublicKey } from "./public-key.ts";
import { signatureDigest, verifySignature } from "./signature.ts";

export interface AuthorityExtensions {
  readonly cA: boolean;
  /** How many CAs may stand between this one and an end entity; undefined: as many as one likes. */
  readonly pathLength: number | undefined;
  /** Bits as in key-usage.ts; undefined: the certificate does not say. */
  readonly keyUsage: number | undefined;
  readonly subjectKeyIdentifier: Uint8Array | undefined;
  readonly nameConstraints: NameConstraints | undefined;
}

export function readAuthorityExtensions({ extensions }: Certificate): AuthorityExtensions {
  const all: ReadonlyMap<string, Extension> = extensions ? readExtensions(extensions) : new Map();
  const valueOf = (oid: string): Uint8Array | undefined => all.get(oid)?.value;
  const [constraints, usage, identifier, names] = [
    oids.basicConstraints,
    oids.keyUsage,
    oids.subjectKeyIdentifier,
    oids.nameConstraints,
  ].map(valueOf);
  return {
    ...readBasicConstraints(constraints),
    keyUsage: usage && readKeyUsageBits(readBitString(usage)),
    subjectKeyIdentifier: identifier && readDer(identifier).content,
    nameConstraints: names && readNameConstraints(names),
  };
}

function readBasicConstraints(
  value: Uint8Array | undefined,
): Pick<AuthorityExtensions, "cA" | "pathLength"> {
  if (!value) return { cA: false, pathLength: undefined };
  const fields = readDer(value).fields();
  const cA = fields.optional("BOOLEAN")?.content[0] ?? 0;
  const length = fields.optional("INTEGER")?.content;
  fields.finish();
  return {
    cA: cA !== 0,
    pathLength: length?.reduce((number, octet) => number * 256 + octet, 0),
  };
}

/** Whether this key made the certificate's signature. With a digest that can be forged, nobody has. */
export async function isSignedBy(certificate: Certificate, issuerKey: PublicKey): Promise<boolean> {
  const [tbs, , signature] = readDer(certificate.der).children();
  const digest = signatureDigest(certificate.signatureAlgorithm, issuerKey);
  if (!tbs || !signature || !digest || digest === "MD5") return false;
  return await verifySignature(issuerKey, digest, signature.content.subarray(1), tbs.der);
}
