/** A small soak: what `npm run soak` shows at length, in a size for every day. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const sizes = [
  ...["--messages", "12", "--copies", "20", "--enrolments", "150", "--kills", "2"],
  ...["--fleet", "20"],
];

let state: string;
beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), "edge-scep-soak-"));
});
afterAll(() => rmSync(state, { recursive: true, force: true }));

interface Run {
  readonly code: number | null;
  readonly said: string;
}

function soak(args: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["scripts/soak.mjs", ...args], {
      env: { ...process.env, EDGE_SCEP_STATE: state },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, said }));
  });
}

describe("repeats, floods and deaths of the whole server", () => {
  it("gives one certificate for each request and loses none", { timeout: 240_000 }, async () => {
    const { code, said } = await soak(sizes);
    expect(said).toContain("Nothing lost, nothing twice.");
    expect(code).toBe(0);
  });

  it("refuses sizes that are no numbers", async () => {
    const { code, said } = await soak(["--kills", "many"]);
    expect(said).toContain('--kills is "many"');
    expect(code).toBe(1);
  });
});
