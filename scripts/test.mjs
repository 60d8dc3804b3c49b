/**
 * npm test: every suite, on a fresh clone too. What cannot run for want of a foreign program is named at
 * the end; with CI=true it fails. Arguments go to vitest: `npm test -- test/pki`.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureInstalled, tool, toolEnvironment } from "./install.mjs";
import { keep } from "./processes.mjs";
import { command, Sentence, yellow } from "./terminal.mjs";

await command(async () => {
  await ensureInstalled();
  const folder = mkdtempSync(join(tmpdir(), "edge-scep-test-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await runSuites(folder, process.argv.slice(2));
});

async function runSuites(folder, args) {
  const results = join(folder, "results.json");
  const notRun = join(folder, "not-run.txt");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
  const { ended, stop } = keep(tool("vitest"), ["run", ...reporters, ...args], {
    // What the suites leave lying about goes with the folder.
    env: toolEnvironment({ EDGE_SCEP_NOT_RUN: notRun, TMPDIR: folder }),
    output: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => void stop().then(() => process.exit(130)));
  }
  const code = await ended;

  if (existsSync(notRun)) {
    const lines = new Set(readFileSync(notRun, "utf8").trim().split("\n"));
    for (const line of lines) console.log(yellow(line));
  }
  if (!existsSync(results)) throw new Sentence("The suites did not run to their end; see above.");
  const { passed, failed } = count(JSON.parse(readFileSync(results, "utf8")));
  console.log(`${passed} passed, ${failed} failed`);
  // Something outside the tests may have failed: an unhandled rejection, a set-up.
  if (failed > 0 || code !== 0) process.exitCode = code || 1;
}

/** A file that could not even be loaded has no tests; it counts as one failure. */
function count({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}
