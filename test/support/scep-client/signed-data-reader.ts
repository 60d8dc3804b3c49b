/** Reads SignedData that the server wrote: strict DER, degenerate (certificates only) or with one signer. */
import { digestByOid, digestOfSignature, hash } from "./algorithms.ts";
import { type Certificate, readCertificate } from "./certificates.ts";
import { type Bytes, concat, context, equal, tag } from "./der.ts";
import { assertSorted, child, type Element, oidText, read } from "./der-reader.ts";
import { verifyWith } from "./keys.ts";
import { oids } from "./oids.ts";

function signedDataOf(contentInfo: Uint8Array): Element {
  const outer = read(contentInfo);
  if (oidText(child(outer, 0)) !== oids.signedData) throw new Error("not a SignedData");
  return child(child(outer, 1, context(0)), 0, tag.sequence);
}

const certificatesOf = (signedData: Element): Certificate[] =>
  (signedData.children.find((element) => element.tag === context(0))?.children ?? []).map((one) =>
    readCertificate(one.raw),
  );

/** What a degenerate SignedData carries, in the order in which it is encoded. */
export interface DegenerateContent {
  readonly certificates: readonly Certificate[];
  /** DER of each. */
  readonly crls: readonly Bytes[];
}

/** Certificates of a degenerate SignedData that has nothing else. */
export function readDegenerate(contentInfo: Uint8Array): Certificate[] {
  const { certificates, crls } = readDegenerateContent(contentInfo);
  if (crls.length > 0) throw new Error("there are CRLs among the certificates");
  return [...certificates];
}

export function readDegenerateContent(contentInfo: Uint8Array): DegenerateContent {
  const signedData = signedDataOf(contentInfo);
  const signerInfos = signedData.children.at(-1);
  if (signerInfos?.tag !== tag.set || signerInfos.children.length > 0)
    throw new Error("there are signerInfos");
  const encapsulated = child(signedData, 2, tag.sequence);
  if (encapsulated.children.length !== 1)
    throw new Error("a degenerate SignedData has no eContent");
  const crls = signedData.children.find((element) => element.tag === context(1))?.children ?? [];
  return { certificates: certificatesOf(signedData), crls: crls.map(({ raw }) => raw) };
}

export interface SignedReply {
  readonly content: Bytes | undefined;
  readonly certificates: readonly Certificate[];
  readonly signer: Certificate;
  readonly digest: string;
  readonly signatureAlgorithm: Bytes;
  /** By OID: the elements of the attribute's SET. */
  readonly attributes: ReadonlyMap<string, readonly Element[]>;
}

/** Throws unless exactly one signerInfo is there and its signature and messageDigest hold. */
export function readSignedReply(contentInfo: Uint8Array): SignedReply {
  const signedData = signedDataOf(contentInfo);
  const encapsulated = child(signedData, 2, tag.sequence);
  if (oidText(child(encapsulated, 0)) !== oids.data) throw new Error("eContentType is not data");
  const explicit = encapsulated.children[1];
  const content = explicit === undefined ? undefined : child(explicit, 0, tag.octetString).content;
  const certificates = certificatesOf(signedData);

  const signerInfos = signedData.children.at(-1);
  const info = signerInfos?.children[0];
  if (signerInfos?.tag !== tag.set || info === undefined || signerInfos.children.length !== 1) {
    throw new Error("not exactly one signerInfo");
  }
  const identifier = child(info, 1, tag.sequence);
  const signer = certificates.find(
    (one) =>
      equal(one.issuer, child(identifier, 0).raw) &&
      equal(one.serialNumber, child(identifier, 1).content),
  );
  if (signer === undefined) throw new Error("the signer's certificate is not in the reply");

  const digest = digestByOid(oidText(child(child(info, 2), 0)));
  const signedAttrs = child(info, 3, context(0));
  assertSorted(signedAttrs);
  const attributes = new Map<string, readonly Element[]>();
  for (const one of signedAttrs.children) {
    const dotted = oidText(child(one, 0));
    if (attributes.has(dotted)) throw new Error(`attribute ${dotted} occurs twice`);
    attributes.set(dotted, child(one, 1, tag.set).children);
  }
  const signatureAlgorithm = child(info, 4, tag.sequence);
  const algorithmOid = oidText(child(signatureAlgorithm, 0));
  const signatureDigest =
    algorithmOid === oids.rsaEncryption ? digest : digestOfSignature(algorithmOid);
  if (signatureDigest !== digest) throw new Error("digest and signature algorithm disagree");
  const signed = concat(Uint8Array.of(tag.set), signedAttrs.raw.subarray(1));
  if (!verifyWith(signer.spki, digest, child(info, 5, tag.octetString).content, signed)) {
    throw new Error("the signature of the reply is false");
  }
  const messageDigest = attributes.get(oids.messageDigest)?.[0]?.content;
  if (
    messageDigest === undefined ||
    !equal(messageDigest, hash(digest, content ?? new Uint8Array(0)))
  ) {
    throw new Error("messageDigest is not the digest of the content");
  }
  return {
    content,
    certificates,
    signer,
    digest,
    signatureAlgorithm: signatureAlgorithm.raw,
    attributes,
  };
}
