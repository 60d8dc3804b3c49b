/** `npm run tail`: what an operator reads, run as an operator runs it. */
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const issued = {
  event: "scep",
  at: "2026-11-22T10:11:12.000Z",
  requestId: "1b0e",
  tenant: "41794dde-e693-40d5-a002-a5e2c6d84586",
  configuration: "devices",
  kind: "simple",
  operation: "PKIOperation",
  method: "POST",
  transactionID: "0123456789ABCDEF0123",
  client: "certmonger",
  messageType: "PKCSReq",
  contentEncryption: "AES-128-CBC",
  keyTransport: "RSAES-PKCS1-v1_5",
  digest: "SHA-256",
  authorisation: "token 7",
  serialNumber: "3fa2",
  pkiStatus: "SUCCESS",
  status: 200,
  outcome: "issued",
  milliseconds: { parse: 0.2, open: 1.4, authorise: 0.1, issue: 12, reply: 1.1, total: 14.8 },
};
const refused = {
  ...issued,
  serialNumber: undefined,
  pkiStatus: "FAILURE",
  failInfo: "badRequest",
  reason: "challenge_invalid",
  outcome: "refused",
};

function tailOf(input: string): string[] {
  const { stdout, status } = spawnSync(process.execPath, ["scripts/tail.mjs", "-"], {
    input,
    encoding: "utf8",
  });
  expect(status).toBe(0);
  return stdout.trimEnd().split("\n");
}

describe("npm run tail", () => {
  const folder = mkdtempSync(join(tmpdir(), "edge-scep-tail-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("shows what the public asked for, and what OCSP told it", () => {
    const asked = {
      event: "pki",
      ...{ at: issued.at, method: "POST", status: 200, authority: issued.tenant },
      ...{ operation: "ocsp", outcome: "answered", statuses: ["good", "unknown"] },
    };
    const wrong = { ...asked, statuses: undefined, outcome: "malformedRequest", reason: "not DER" };
    const [told, refusal] = tailOf([asked, wrong].map((event) => JSON.stringify(event)).join("\n"));
    expect(told).toContain("200       POST /pki/41794dde-e693…/ocsp good unknown");
    expect(refusal).toContain("ocsp malformedRequest not DER");
  });

  it("prints one line for a certificate that was issued", () => {
    const lines = tailOf(`⎔ Starting local server...\n${JSON.stringify(issued)}\n`);
    expect(lines).toHaveLength(1);
    for (const part of ["issued", "PKCSReq", "41794dde…/devices", "3fa2", "certmonger", "15 ms"]) {
      expect(lines[0]).toContain(part);
    }
  });

  it("says why a request was refused", () => {
    const [line] = tailOf(`${JSON.stringify(refused)}\n`);
    expect(line).toContain("refused FAILURE badRequest");
    expect(line).toContain("challenge_invalid");
  });

  it("reads the objects of wrangler tail, spread over lines or not", () => {
    const wrapped = {
      outcome: "ok",
      logs: [{ level: "log", message: [JSON.stringify(issued)] }, { message: ["not an event"] }],
      exceptions: [{ name: "Error", message: "out of { memory" }],
    };
    const lines = tailOf(
      `${JSON.stringify(wrapped, undefined, 2)}\n${JSON.stringify({ ...wrapped, exceptions: [] })}\n`,
    );
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain("out of { memory");
  });

  it("lets nothing that a device sent move the cursor, and colours nothing off a terminal", () => {
    const output = tailOf(`${JSON.stringify({ ...issued, client: "a\u001b[2Jb\u202e\nc" })}\n`);
    expect(output).toHaveLength(1);
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(output[0]).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it("follows a log that grows, through a restart", async () => {
    const log = join(folder, "server.log");
    writeFileSync(log, `${JSON.stringify({ ...issued, serialNumber: "aa01" })}\n`);
    const tail = spawn(process.execPath, ["scripts/tail.mjs", log]);
    let seen = "";
    tail.stdout.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    try {
      await expect.poll(() => seen, { timeout: 10_000 }).toContain("aa01");
      appendFileSync(log, `${JSON.stringify({ ...issued, serialNumber: "aa02" })}\n`);
      await expect.poll(() => seen, { timeout: 10_000 }).toContain("aa02");
      writeFileSync(log, "");
      await new Promise((resolve) => setTimeout(resolve, 500));
      appendFileSync(log, `${JSON.stringify({ ...issued, serialNumber: "aa03" })}\n`);
      await expect.poll(() => seen, { timeout: 10_000 }).toContain("aa03");
    } finally {
      tail.kill("SIGKILL");
    }
  });
});
