/**
 * The floor: the cryptography of one enrolment and nothing else, in the same runtime. `?work=` names a part of it,
 * `?rounds=` says how often. Runs in workerd.
 */
import { constants, createCipheriv, createDecipheriv, publicEncrypt } from "node:crypto";

const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const ready = new Map();

/** Keys of one kind of deployment, made once: agent and client have RSA keys, the CA the one that is asked for. */
async function prepare(authority, bits) {
  const pair = (parameters, usages) => crypto.subtle.generateKey(parameters, true, usages);
  const rsaPair = (modulusLength) =>
    pair({ ...rsa, modulusLength, publicExponent: Uint8Array.of(1, 0, 1) }, ["sign", "verify"]);
  const [agent, client] = [await rsaPair(bits), await rsaPair(bits)];
  const curve = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const ca =
    authority === "P-256"
      ? await pair(curve, ["sign", "verify"])
      : await rsaPair(Number(authority));
  const agentPkcs8 = await crypto.subtle.exportKey("pkcs8", agent.privateKey);
  const message = crypto.getRandomValues(new Uint8Array(1200));
  const transported = crypto.getRandomValues(new Uint8Array(bits / 8));
  transported[0] = 0;
  return {
    agent: agent.privateKey,
    ca: ca.privateKey,
    caAlgorithm: authority === "P-256" ? curve : rsa,
    agentRaw: await crypto.subtle.importKey("pkcs8", agentPkcs8, { name: "RSA-RAW" }, false, [
      "sign",
    ]),
    clientSpki: new Uint8Array(await crypto.subtle.exportKey("spki", client.publicKey)),
    signature: await crypto.subtle.sign(rsa, client.privateKey, message),
    message,
    transported,
  };
}

const verify = async ({ clientSpki, signature, message }) => {
  const key = await crypto.subtle.importKey("spki", clientSpki, rsa, false, ["verify"]);
  return crypto.subtle.verify(rsa, key, signature, message);
};
const digest = ({ message }, name) => crypto.subtle.digest(name, message);

const parts = {
  open: ({ agentRaw, transported }) => crypto.subtle.sign("RSA-RAW", agentRaw, transported),
  authority: ({ ca, caAlgorithm, message }) => crypto.subtle.sign(caAlgorithm, ca, message),
  reply: ({ agent, message }) => crypto.subtle.sign(rsa, agent, message),
  verify,
  encrypt: async ({ clientSpki }) => {
    const key = {
      key: Buffer.from(clientSpki),
      format: "der",
      type: "spki",
      padding: constants.RSA_PKCS1_PADDING,
    };
    return publicEncrypt(key, new Uint8Array(16));
  },
  symmetric: async (keys) => {
    const [key, vector] = [new Uint8Array(16), new Uint8Array(16)];
    const cipher = createCipheriv("aes-128-cbc", key, vector);
    const sealed = Buffer.concat([cipher.update(keys.message), cipher.final()]);
    const decipher = createDecipheriv("aes-128-cbc", key, vector);
    Buffer.concat([decipher.update(sealed), decipher.final()]);
    // Two messageDigests, the request's digest, the challenge's; the key identifier is SHA-1.
    for (const name of ["SHA-256", "SHA-256", "SHA-256", "SHA-256", "SHA-1"])
      await digest(keys, name);
  },
};

const works = {
  ...parts,
  async enrolment(keys) {
    await parts.verify(keys);
    await parts.open(keys);
    await parts.verify(keys);
    await parts.authority(keys);
    await parts.encrypt(keys);
    await parts.reply(keys);
    await parts.symmetric(keys);
  },
  /** What a request to a Worker costs that does nothing. */
  nothing: async () => undefined,
  /** One read of the local KV, of something as long as a kept token. */
  async kv(_keys, env) {
    kept ??= env.CACHE.put("kept", new Uint8Array(2000));
    await kept;
    await env.CACHE.get("kept", "arrayBuffer");
  },
  /** One call to an address outside, with an answer of a few octets. */
  async fetch(_keys, _env, address) {
    const response = await fetch(address, { method: "POST", body: "{}" });
    await response.text();
  },
};
let kept;

// oxlint-disable-next-line import/no-default-export -- a Worker is its module's default export
export default {
  async fetch(request, env) {
    const query = new URL(request.url).searchParams;
    const [authority, bits] = [query.get("authority") ?? "2048", Number(query.get("bits") ?? 2048)];
    const kind = `${authority}/${bits}`;
    if (!ready.has(kind)) ready.set(kind, prepare(authority, bits));
    const keys = await ready.get(kind);
    const work = works[query.get("work") ?? "enrolment"];
    for (let round = Number(query.get("rounds") ?? 1); round > 0; round--)
      await work(keys, env, query.get("address"));
    return new Response("done");
  },
};
