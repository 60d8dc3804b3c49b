/**
 * Stands between a foreign client and our server, on loopback: writes down what goes through, and can take the
 * POST keywords out of GetCACaps, for a client sends by GET only when a server seems to know nothing else.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Exchange {
  readonly method: string;
  readonly operation: string;
  /** As sent, with all its escapes. */
  readonly query: string;
  readonly requestBody: Buffer;
  readonly status: number;
  readonly contentType: string;
  readonly responseBody: Buffer;
}

export interface ScepProxy {
  /** Instead of the server's URL. */
  readonly url: string;
  readonly exchanges: readonly Exchange[];
  readonly stop: () => Promise<void>;
}

const postKeywords = new Set(["POSTPKIOperation", "SCEPStandard"]);

export async function startScepProxy(target: string, { getOnly = false } = {}): Promise<ScepProxy> {
  const exchanges: Exchange[] = [];
  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const requestBody = Buffer.concat(chunks);
    const [path = "", query = ""] = (request.url ?? "").split(/\?(.*)/s);
    const { pathname, origin } = new URL(target);
    const url = `${origin}${pathname}${path.slice("/scep".length)}?${query}`;
    const method = request.method ?? "GET";
    const contentType = request.headers["content-type"];
    const answer = await fetch(url, {
      method,
      redirect: "manual",
      ...(contentType === undefined ? {} : { headers: { "content-type": contentType } }),
      ...(method === "POST" ? { body: requestBody } : {}),
    });
    const operation = /(?:^|&)operation=([^&]*)/i.exec(query)?.[1] ?? "";
    let responseBody = Buffer.from(await answer.arrayBuffer());
    if (getOnly && operation.toLowerCase() === "getcacaps") {
      const keywords = responseBody.toString("latin1").split(/\r?\n/);
      responseBody = Buffer.from(keywords.filter((one) => !postKeywords.has(one)).join("\n"));
    }
    const answeredType = answer.headers.get("content-type") ?? "";
    const { status } = answer;
    exchanges.push({
      method,
      operation,
      query,
      requestBody,
      status,
      contentType: answeredType,
      responseBody,
    });
    response.writeHead(status, {
      "content-type": answeredType,
      "content-length": responseBody.length,
    });
    response.end(responseBody);
  };
  const server = createServer((request, response) => {
    forward(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/scep`,
    exchanges,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** What went over the wire as PKIOperation, the last one. */
export function lastPkiOperation(proxy: ScepProxy): Exchange {
  const found = proxy.exchanges.findLast((one) => one.operation.toLowerCase() === "pkioperation");
  if (found === undefined) throw new Error("the client sent no PKIOperation");
  return found;
}

/** The pkiMessage that a client sent, by GET or by POST. */
export function sentMessage({ method, query, requestBody }: Exchange): Buffer {
  if (method === "POST") return requestBody;
  const message = /(?:^|&)message=([^&]*)/.exec(query)?.[1] ?? "";
  return Buffer.from(decodeURIComponent(message), "base64");
}
