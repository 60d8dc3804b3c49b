/** Waiting for a server to answer: nothing that a fetch does or leaves undone holds it up. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { untilHealthy } from "../../scripts/local-server.mjs";
import { probe } from "../../scripts/probe.mjs";

afterEach(() => void vi.unstubAllGlobals());

const neverSettles = () => new Promise<Response>(() => undefined);

describe("one look", () => {
  it("ends by itself when the fetch never does", async () => {
    vi.stubGlobal("fetch", neverSettles);
    expect(await probe("http://127.0.0.1:9/", 50)).toBeUndefined();
  });

  it("ends by itself when the body never does", async () => {
    const server = createServer((_, response) => void response.writeHead(200).write("half"));
    await new Promise<void>((ready) => void server.listen(0, "127.0.0.1", () => ready()));
    const { port } = server.address() as AddressInfo;
    expect(await probe(`http://127.0.0.1:${port}/`, 200)).toBeUndefined();
    server.closeAllConnections();
    server.close();
  });

  it("tells what was answered, and that nobody listens", async () => {
    const server = createServer((_, response) => void response.writeHead(503).end("not yet"));
    await new Promise<void>((ready) => void server.listen(0, "127.0.0.1", () => ready()));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/`;
    expect(await probe(url, 5000)).toEqual({ ok: false, status: 503, body: "not yet" });
    server.closeAllConnections();
    await new Promise((closed) => void server.close(closed));
    expect(await probe(url, 5000)).toBeUndefined();
  });
});

it("a start whose first look never settles goes on to its end", { timeout: 20_000 }, async () => {
  vi.stubGlobal("fetch", neverSettles);
  const folder = mkdtempSync(join(tmpdir(), "edge-scep-probe-"));
  const logFile = join(folder, "log");
  writeFileSync(logFile, "");
  const looks = [false, true, true];
  const server = {
    get hasEnded() {
      return looks.shift() ?? true;
    },
  };
  await expect(untilHealthy({ baseUrl: "http://127.0.0.1:9", logFile }, server)).rejects.toThrow(
    "it ended by itself",
  );
  rmSync(folder, { recursive: true });
});
