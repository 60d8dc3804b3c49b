/** A load generator that costs little: kept connections, lanes that send one request after the other, no parsing. */
import { Agent, request } from "node:http";

/** SUCCESS as it stands in the signed attributes of a CertRep: pkiStatus, SET OF, PrintableString "0". */
const success = Buffer.from("060a6086480186f8450109033103130130", "hex");

export const isSuccess = ({ status, body }) => status === 200 && body.includes(success);

/** @returns {{ send: (method: string, url: URL, body?: Uint8Array) => Promise<{ status: number, headers: object, body: Buffer }>, close: () => void }} */
export function connections(atOnce) {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const send = (method, url, body) =>
    new Promise((resolve, reject) => {
      const headers =
        body === undefined
          ? {}
          : { "content-type": "application/x-pki-message", "content-length": body.length };
      const outgoing = request(url, { method, agent, headers }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.once("end", () =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
        response.once("error", reject);
      });
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  return { send, close: () => agent.destroy() };
}

/**
 * Does `work(index)` for every index below `count`, `atOnce` of them at any time.
 * @returns {Promise<{ seconds: number, latencies: number[] }>} latencies in milliseconds, sorted
 */
export async function inLanes(count, atOnce, work) {
  const latencies = [];
  const began = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const index = next++;
      const start = performance.now();
      await work(index);
      latencies.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  latencies.sort((one, other) => one - other);
  return { seconds: (performance.now() - began) / 1000, latencies };
}

/** @param {number[]} sorted */
export const percentile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Sends each message once; a refusal ends everything, for it would be measured as an enrolment. */
export async function enrolAll(messages, url, atOnce, method = "POST") {
  const { send, close } = connections(atOnce);
  const post = new URL(`${url}?operation=PKIOperation`);
  try {
    return await inLanes(messages.length, atOnce, async (index) => {
      const { der } = messages[index];
      const answer =
        method === "POST"
          ? await send("POST", post, der)
          : await send(
              "GET",
              new URL(`${post}&message=${encodeURIComponent(Buffer.from(der).toString("base64"))}`),
            );
      if (!isSuccess(answer))
        throw new Error(
          `An enrolment was answered ${answer.status}: ${answer.body.toString("latin1").slice(0, 300)}`,
        );
    });
  } finally {
    close();
  }
}

/** Calls a method of a CA's object past the Worker (caller-worker.mjs). */
export async function callObject({ addresses }, object, method, ...parameters) {
  const body = JSON.stringify({ target: "CERTIFICATE_AUTHORITY", object, method, parameters });
  const response = await fetch(addresses.caller, { method: "POST", body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} of ${object}: ${text.slice(0, 300)}`);
}
