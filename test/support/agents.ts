/** An enrolment agent with its key in the clear, certified by a CA in its real object. */
import { createRoot, expectOk, nameDer } from "./authorities.ts";

export interface Agent {
  readonly certificateDer: Uint8Array;
  readonly pkcs8: Uint8Array;
  readonly spki: Uint8Array;
}

export async function createAgent(): Promise<Agent> {
  const parameters = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  const pair = await crypto.subtle.generateKey(parameters, true, ["sign", "verify"]);
  if (!("publicKey" in pair)) throw new Error("not a pair of keys");
  const pkcs8 = await exported("pkcs8", pair.privateKey);
  const spki = await exported("spki", pair.publicKey);
  const root = await createRoot();
  const request = {
    configurationId: "configuration",
    subjectDer: nameDer("CN=Agent,O=Demo"),
    subjectPublicKeyInfoDer: spki,
    validitySeconds: 86_400,
  };
  const { certificateDer } = expectOk(await root.client.issueEnrolmentAgent(request));
  return { certificateDer, pkcs8, spki };
}

async function exported(format: "pkcs8" | "spki", key: CryptoKey): Promise<Uint8Array> {
  const octets = await crypto.subtle.exportKey(format, key);
  if (!(octets instanceof ArrayBuffer)) throw new Error("not octets");
  return new Uint8Array(octets);
}
