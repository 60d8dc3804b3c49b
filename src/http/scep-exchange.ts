/** A configuration's test asks the very routes that devices ask; only the network is left out. */
import type { Hono } from "hono";
import type { ScepAnswer, ScepExchange } from "../ports/scep-exchange.ts";

export const createScepExchange = (routes: Hono): ScepExchange => ({
  async send(url, message): Promise<ScepAnswer> {
    const afterwards: Promise<unknown>[] = [];
    const context = {
      waitUntil: (work: Promise<unknown>) => void afterwards.push(work),
      passThroughOnException: () => undefined,
      props: {},
    };
    const response = await routes.request(
      url,
      {
        headers: { "user-agent": "edge-scep-test" },
        ...(message && { method: "POST", body: Uint8Array.from(message) }),
      },
      {},
      context,
    );
    const body = new Uint8Array(await response.arrayBuffer());
    await Promise.allSettled(afterwards);
    const [contentType = ""] = (response.headers.get("content-type") ?? "").split(";");
    return { status: response.status, contentType, body };
  },
});
