/**
 * Requests made before the clock runs, with the independent client of the tests. Keys are dear, so a pool of them is made
 * once and kept; each message is a new request all the same: another subject, another transaction.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildPkiMessage,
  findAgent,
  getCACert,
  keyPairOf,
  name,
  rsaKeyPair,
  selfSigned,
} from "../../test/support/scep-client/index.ts";
import { writePrivate } from "../local-state.mjs";

/** @returns {import("../../test/support/scep-client/keys.ts").KeyPair[]} */
export function keyPool(folder, size) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "rsa-2048-keys.json");
  const kept = readKept(file).slice(0, size);
  const keys = kept.map((base64) => keyPairOf(Buffer.from(base64, "base64")));
  while (keys.length < size) keys.push(rsaKeyPair());
  if (keys.length > kept.length) {
    const texts = keys.map(({ pkcs8 }) => Buffer.from(pkcs8).toString("base64"));
    writePrivate(file, JSON.stringify(texts));
  }
  return keys;
}

function readKept(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return [];
  }
}

/** A maker of messages for one SCEP URL: who it is that asks, and to whom it is sealed. */
export async function messageMaker(url, challenge, keys) {
  const recipient = findAgent(await getCACert(fetch, url));
  return makerFor(recipient, challenge, keys);
}

export function makerFor(recipient, challenge, keys, more = {}) {
  const signers = keys.map((key) => selfSigned(key));
  let made = 0;
  return () => {
    const signer = signers[made++ % signers.length];
    const id = randomUUID();
    return buildPkiMessage({
      recipient,
      signer,
      transactionID: id.toUpperCase(),
      request: { key: signer.key, subject: name("O=Bench", `CN=${id}`), challenge },
      ...more,
    });
  };
}
