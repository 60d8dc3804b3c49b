/** PKCS #10 (RFC 2986), with every way of getting it wrong that the threat list names. */
import { algorithm, type Digest, digests } from "./algorithms.ts";
import {
  type Bytes,
  bitString,
  characterString,
  compareDer,
  context,
  integer,
  oid,
  sequence,
  setOf,
  tag,
  tlv,
} from "./der.ts";
import type { KeyPair } from "./keys.ts";
import { name } from "./names.ts";
import { oids } from "./oids.ts";

export interface CertificationRequestPlan {
  readonly key: KeyPair;
  readonly subject?: Bytes;
  /** Several give a doubled challengePassword attribute value. */
  readonly challenge?: string | Bytes | readonly Bytes[];
  /** PrintableString unless given. */
  readonly challengeTag?: number;
  readonly extensions?: readonly Bytes[];
  /** Which attribute carries the extensions: PKCS #9 or one of the old forms. */
  readonly extensionsAttribute?: string;
  readonly moreAttributes?: readonly Bytes[];
  /** Out of DER order, as strongSwan writes them. */
  readonly reverseAttributes?: boolean;
  readonly digest?: Digest;
  /** The key that signs when it is not the one inside. */
  readonly signingKey?: KeyPair;
  /** Changes the signature after it was made. */
  readonly editSignature?: (signature: Bytes) => Bytes;
  readonly signatureAlgorithm?: Bytes;
  readonly version?: number;
}

export const attribute = (dotted: string, ...values: readonly Uint8Array[]): Bytes =>
  sequence(oid(dotted), setOf(...values));

export function buildCertificationRequest(plan: CertificationRequestPlan): Bytes {
  const attributes: Bytes[] = [];
  if (plan.challenge !== undefined) {
    attributes.push(
      attribute(oids.challengePassword, ...challengeValues(plan.challenge, plan.challengeTag)),
    );
  }
  if (plan.extensions !== undefined) {
    attributes.push(
      attribute(plan.extensionsAttribute ?? oids.extensionRequest, sequence(...plan.extensions)),
    );
  }
  attributes.push(...(plan.moreAttributes ?? []));
  attributes.sort(compareDer);
  if (plan.reverseAttributes === true) attributes.reverse();

  const info = sequence(
    integer(plan.version ?? 0),
    plan.subject ?? name("O=Demo", "CN=device"),
    plan.key.spki,
    tlv(context(0), ...attributes),
  );
  const digest = plan.digest ?? "SHA-256";
  const signer = plan.signingKey ?? plan.key;
  const signature = signer.sign(digest, info);
  return sequence(
    info,
    plan.signatureAlgorithm ??
      (signer.kind === "RSA"
        ? algorithm(digests[digest].rsa)
        : sequence(oid(digests[digest].ecdsa))),
    bitString(plan.editSignature === undefined ? signature : plan.editSignature(signature)),
  );
}

function challengeValues(
  challenge: string | Bytes | readonly Bytes[],
  stringTag: number = tag.printable,
): readonly Bytes[] {
  if (typeof challenge === "string") return [characterString(challenge, stringTag)];
  return challenge instanceof Uint8Array ? [tlv(stringTag, challenge)] : challenge;
}
