/** What the edge would ask of a CA's object, with a key of the pool; caller-worker.mjs makes each call a new one. */
import { createHash } from "node:crypto";
import { name } from "../../test/support/scep-client/index.ts";

const base64 = (bytes) => Buffer.from(bytes).toString("base64");
const clientAuth = ["1.3.6.1.5.5.7.3.2"];

export function objectRequest({ id, template, token }, key) {
  return {
    configurationId: id,
    signer: "self-signed",
    authorisation: { kind: "token", expiresAtSeconds: 4_000_000_000, tokenId: token },
    templateId: template,
    templateVersion: 1,
    subjectText: "O=Bench, CN=object",
    content: {
      subjectDer: base64(name("O=Bench", "CN=object")),
      subjectPublicKeyInfoDer: base64(key.spki),
      subjectKeyIdentifier: createHash("sha1").update(key.spki).digest("base64"),
      // digitalSignature and keyEncipherment
      keyUsage: 0b101,
      extendedKeyUsage: clientAuth,
      backdateSeconds: 300,
      validitySeconds: 365 * 86_400,
    },
  };
}
