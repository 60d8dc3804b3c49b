/** A suite whose foreign program is missing is named, and fails where everything must run. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";

const report = join(mkdtempSync(join(tmpdir(), "edge-scep-foreign-")), "not-run.txt");

/** The module looks at PATH when it is loaded. */
async function withoutPrograms() {
  vi.stubEnv("PATH", dirname(report));
  vi.stubEnv("EDGE_SCEP_NOT_RUN", report);
  vi.resetModules();
  return import("../support/foreign-programs.ts");
}

afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(dirname(report), { recursive: true, force: true }));

describe("a missing foreign program", () => {
  it("is reported with the suite and the Debian package", async () => {
    vi.stubEnv("CI", undefined);
    const { missing } = await withoutPrograms();
    expect(missing("interop/scepclient", ["scepclient"])).toBe(true);
    expect(readFileSync(report, "utf8")).toBe(
      "not run: interop/scepclient (scepclient is not installed: apt-get install scep)\n",
    );
  });

  it("fails the suite with CI=true", async () => {
    vi.stubEnv("CI", "true");
    const { missing } = await withoutPrograms();
    expect(() => missing("interop/scepclient", ["scepclient"])).toThrow(/apt-get install scep/);
  });
});
