/** SignedData (RFC 5652, section 5), written field by field so that a test can leave out or double each of them. */
import { algorithm, type Digest, digests, hash, rsaEncryption } from "./algorithms.ts";
import type { Certificate } from "./certificates.ts";
import {
  type Bytes,
  concat,
  context,
  integer,
  octetString,
  oid,
  sequence,
  setAsGiven,
  setOf,
  tag,
  tlv,
} from "./der.ts";
import { der, type Encoding } from "./encoding.ts";
import type { KeyPair } from "./keys.ts";
import { oids } from "./oids.ts";

export interface SignerPlan {
  readonly key: KeyPair;
  readonly certificate: Certificate;
}

export interface SignedDataPlan {
  /** Absent: no eContent at all. */
  readonly content?: Bytes;
  readonly signer: SignerPlan;
  readonly digest?: Digest;
  /** Without contentType and messageDigest, which are put in front unless `bareAttributes` is set. */
  readonly attributes: readonly Bytes[];
  readonly bareAttributes?: boolean;
  /** Out of DER order, signed as sent. */
  readonly unsortedAttributes?: boolean;
  /** The signature is then over the content itself. */
  readonly omitSignedAttributes?: boolean;
  readonly signatureAlgorithm?: "rsaEncryption" | "combined" | Bytes;
  readonly digestAlgorithm?: Bytes;
  readonly editSignature?: (signature: Bytes) => Bytes;
  readonly editSignerInfos?: (signerInfo: Bytes) => readonly Bytes[];
  /** The signer's certificate unless given. */
  readonly certificates?: readonly Bytes[];
  readonly eContentType?: string;
  readonly sid?: Bytes;
  readonly encoding?: Encoding;
  readonly trailing?: Bytes;
}

const pkcs9 = (dotted: string, value: Bytes): Bytes => sequence(oid(dotted), setOf(value));

function signatureAlgorithm(plan: SignedDataPlan, digest: Digest): Bytes {
  const { signatureAlgorithm: wanted, signer } = plan;
  if (wanted instanceof Uint8Array) return wanted;
  if (signer.key.kind === "EC") return sequence(oid(digests[digest].ecdsa));
  return wanted === "combined" ? algorithm(digests[digest].rsa) : rsaEncryption;
}

function signerInfo(plan: SignedDataPlan): Bytes {
  const { signer, digest = "SHA-256" } = plan;
  const content = plan.content ?? new Uint8Array(0);
  const standard = [
    pkcs9(oids.contentType, oid(plan.eContentType ?? oids.data)),
    pkcs9(oids.messageDigest, octetString(hash(digest, content))),
  ];
  const attributes =
    plan.bareAttributes === true ? plan.attributes : [...standard, ...plan.attributes];
  const set = plan.unsortedAttributes === true ? setAsGiven(...attributes) : setOf(...attributes);
  const bare = plan.omitSignedAttributes === true;
  const signature = signer.key.sign(digest, bare ? content : set);
  // On the wire the SET OF carries the implicit tag [0]; the signature is over the SET OF.
  const tagged = concat(Uint8Array.of(context(0)), set.subarray(1));
  return sequence(
    integer(1),
    plan.sid ??
      sequence(signer.certificate.issuer, tlv(tag.integer, signer.certificate.serialNumber)),
    plan.digestAlgorithm ?? algorithm(digests[digest].oid),
    ...(bare ? [] : [tagged]),
    signatureAlgorithm(plan, digest),
    octetString(plan.editSignature === undefined ? signature : plan.editSignature(signature)),
  );
}

/** The ContentInfo of a SignedData. */
export function buildSignedData(plan: SignedDataPlan): Bytes {
  const { digest = "SHA-256", encoding = der } = plan;
  const { constructed } = encoding;
  const certificates = plan.certificates ?? [plan.signer.certificate.der];
  const eContent =
    plan.content === undefined
      ? []
      : [constructed(context(0), encoding.octets(tag.octetString, plan.content))];
  const one = signerInfo(plan);
  const signedData = constructed(
    tag.sequence,
    integer(1),
    constructed(tag.set, plan.digestAlgorithm ?? algorithm(digests[digest].oid)),
    constructed(tag.sequence, oid(plan.eContentType ?? oids.data), ...eContent),
    ...(certificates.length === 0 ? [] : [constructed(context(0), ...certificates)]),
    constructed(
      tag.set,
      ...(plan.editSignerInfos === undefined ? [one] : plan.editSignerInfos(one)),
    ),
  );
  const whole = constructed(
    tag.sequence,
    oid(oids.signedData),
    constructed(context(0), signedData),
  );
  return plan.trailing === undefined ? whole : concat(whole, plan.trailing);
}
