/** What an old client writes on the socket itself: HTTP/1.0, headers in odd spellings, the connection closed at the end. */
import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { demoConfiguration } from "../support/local-server.ts";
import * as scep from "../support/scep-client/index.ts";

interface RawAnswer {
  readonly statusLine: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: scep.Bytes;
}

/** Writes the octets and reads to the end, as sscep does. */
function exchange(octets: string | Uint8Array): Promise<RawAnswer> {
  const { hostname, port } = new URL(demoConfiguration("devices").url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(octets));
    socket.setTimeout(20_000, () => socket.destroy(new Error("no end of the answer")));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("end", () => resolve(parse(Buffer.concat(chunks))));
  });
}

function parse(answer: Buffer): RawAnswer {
  const end = answer.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = answer.subarray(0, end).toString("latin1").split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { statusLine, headers, body: scep.bytes(answer.subarray(end + 4)) };
}

describe("HTTP on the socket", () => {
  let path: string;
  let host: string;
  let challenge: string;
  let agent: scep.Certificate;
  const key = scep.rsaKeyPair();

  beforeAll(async () => {
    const { url, challenge: shown = "" } = demoConfiguration("devices");
    ({ pathname: path, host } = new URL(url));
    challenge = shown;
    agent = scep.findAgent(await scep.getCACert(fetch, url));
  });

  const message = () => scep.buildPkiMessage({ recipient: agent, request: { key, challenge } });

  it.each([
    ["GetCACaps", "text/plain"],
    ["GetCACert", "application/x-x509-ca-ra-cert"],
  ])("%s over HTTP/1.0 ends with the connection and has a length", async (operation, type) => {
    const { statusLine, headers, body } = await exchange(
      `GET ${path}?operation=${operation}&message=x HTTP/1.0\r\nUser-Agent: Cisco PKI\r\nHost: ${host}\r\n\r\n`,
    );
    expect(statusLine).toMatch(/^HTTP\/1\.[01] 200 /);
    expect(headers.get("content-type")).toBe(type);
    expect(Number(headers.get("content-length"))).toBe(body.length);
    expect(headers.has("transfer-encoding")).toBe(false);
  });

  it("PKIOperation by GET over HTTP/1.0 with a line feed every 64 characters, as Cisco IOS sends it", async () => {
    const sent = message();
    const base64 = Buffer.from(sent.der).toString("base64").replaceAll(/.{64}/g, "$&\n");
    const value = encodeURIComponent(base64);
    const { statusLine, headers, body } = await exchange(
      `GET ${path}/pkiclient.exe?operation=PKIOperation&message=${value} HTTP/1.0\r\nHost: ${host}\r\n\r\n`,
    );
    expect(statusLine).toMatch(/^HTTP\/1\.[01] 200 /);
    expect(headers.get("content-type")).toBe("application/x-pki-message");
    expect(scep.verifyCertRep(body, sent, agent).pkiStatus).toBe("SUCCESS");
  });

  it("PKIOperation by POST without a content type, headers in capitals, as sscep sends it", async () => {
    const sent = message();
    const head = `POST ${path}?operation=PKIOperation HTTP/1.1\r\nHOST: ${host}\r\nCONTENT-LENGTH: ${sent.der.length}\r\nConnection: close\r\n\r\n`;
    const { statusLine, headers, body } = await exchange(
      scep.concat(Buffer.from(head, "latin1"), sent.der),
    );
    expect(statusLine).toBe("HTTP/1.1 200 OK");
    expect(headers.get("content-type")).toBe("application/x-pki-message");
    expect(Number(headers.get("content-length"))).toBe(body.length);
    expect(scep.verifyCertRep(body, sent, agent).pkiStatus).toBe("SUCCESS");
  });
});
