/** What a PKCS #10 says, read by the tests' own strict reader. */
import { createPublicKey } from "node:crypto";
import { child, oidText, read } from "../scep-client/der-reader.ts";
import { nameText, stringOf, usagesOf } from "../scep-client/names.ts";
import { oids } from "../scep-client/oids.ts";

export interface RequestFacts {
  readonly subject: readonly string[];
  readonly san: readonly string[];
  readonly keyUsage: readonly string[] | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly keyBits: number;
  readonly challenge: string | undefined;
}

/** Throws for what is no PKCS #10 in DER. */
export function readRequest(der: Uint8Array): RequestFacts {
  const info = child(read(der), 0, 0x30);
  const attributes = new Map(
    (info.children[3]?.children ?? []).map((attribute) => [
      oidText(child(attribute, 0)),
      child(child(attribute, 1), 0),
    ]),
  );
  const extensions = new Map(
    (attributes.get(oids.extensionRequest)?.children ?? []).map((one) => [
      oidText(child(one, 0)),
      one.children.at(-1)?.content ?? new Uint8Array(),
    ]),
  );
  const san = extensions.get(oids.subjectAltName);
  const usage = extensions.get(oids.keyUsage);
  const purposes = extensions.get(oids.extendedKeyUsage);
  const challenge = attributes.get(oids.challengePassword);
  return {
    subject: nameText(child(info, 1).raw),
    san: san ? read(san).children.map(alternativeName) : [],
    keyUsage: usage && usagesOf(usage),
    extendedKeyUsage: purposes && read(purposes).children.map(oidText),
    keyBits: keyBits(child(info, 2).raw),
    challenge: challenge && stringOf(challenge),
  };
}

function alternativeName({ tag, content }: { tag: number; content: Uint8Array }): string {
  const kinds: Readonly<Record<number, string>> = { 0x81: "email", 0x82: "dns", 0x86: "uri" };
  const kind = kinds[tag];
  return kind
    ? `${kind}:${Buffer.from(content).toString("latin1")}`
    : `${tag}:${Buffer.from(content).toString("hex")}`;
}

function keyBits(spki: Uint8Array): number {
  const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  return key.asymmetricKeyDetails?.modulusLength ?? 256;
}
