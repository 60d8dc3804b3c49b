/** Calls the CA's object directly, many times for one HTTP request, or an object whose method is empty. Runs in workerd. */
import { DurableObject } from "cloudflare:workers";

export class Empty extends DurableObject {
  async issue() {
    return {
      ok: true,
      value: { serialNumberHex: "", certificateDer: new Uint8Array(900), repeated: false },
    };
  }
}

const octets = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const hex = (bytes) => Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");

/** A request as the edge would send it; transaction and digest are new each time. */
const fresh = ({ content, ...request }) => ({
  ...request,
  transactionID: hex(crypto.getRandomValues(new Uint8Array(16))),
  requestDigest: crypto.getRandomValues(new Uint8Array(32)),
  requesterKeyDigest: crypto.getRandomValues(new Uint8Array(32)),
  content: {
    ...content,
    subjectDer: octets(content.subjectDer),
    subjectPublicKeyInfoDer: octets(content.subjectPublicKeyInfoDer),
    subjectKeyIdentifier: octets(content.subjectKeyIdentifier),
  },
});

// oxlint-disable-next-line import/no-default-export -- a Worker is its module's default export
export default {
  async fetch(request, env) {
    const { target, object, count, atOnce, issue, method, parameters } = await request.json();
    const stub = env[target].getByName(object);
    if (method) {
      await stub[method](...parameters);
      return new Response("done");
    }
    let left = count;
    const lane = async () => {
      while (left-- > 0) {
        const issued = await stub.issue(fresh(issue));
        if (!issued.ok) throw new Error(JSON.stringify(issued.error));
      }
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, lane));
      return new Response("done");
    } catch (error) {
      return new Response(String(error?.stack), { status: 500 });
    }
  },
};
