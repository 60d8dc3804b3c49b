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

/** Suites in workerd keep the processors busy, those with foreign programs mostly wait: side by side, they take half as long. */
const sideBySide = [["worker", "fresh", "scripts"], ["interop"]];

await command(async () => {
  await ensureInstalled();
  const folder = mkdtempSync(join(tmpdir(), "edge-scep-test-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await runSuites(folder, process.argv.slice(2));
});

async function runSuites(folder, args) {
  const notRun = join(folder, "not-run.txt");
  const runs = (args.length > 0 ? [undefined] : sideBySide).map((projects, index) => {
    const results = join(folder, `results-${index}.json`);
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
    const chosen = projects?.flatMap((project) => ["--project", project]) ?? args;
    const { ended, stop } = keep(tool("vitest"), ["run", ...reporters, ...chosen], {
      // What the suites leave lying about goes with the folder.
      env: toolEnvironment({ EDGE_SCEP_NOT_RUN: notRun, TMPDIR: folder }),
      output: "inherit",
    });
    return { results, ended, stop };
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(
      signal,
      () => void Promise.all(runs.map(({ stop }) => stop())).then(() => process.exit(130)),
    );
  }
  const codes = await Promise.all(runs.map(({ ended }) => ended));

  if (existsSync(notRun)) {
    const lines = new Set(readFileSync(notRun, "utf8").trim().split("\n"));
    for (const line of lines) console.log(yellow(line));
  }
  if (!runs.every(({ results }) => existsSync(results)))
    throw new Sentence("The suites did not run to their end; see above.");
  const counts = runs.map(({ results }) => count(JSON.parse(readFileSync(results, "utf8"))));
  const sum = (kind) => counts.reduce((total, one) => total + one[kind], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  // Something outside the tests may have failed: an unhandled rejection, a set-up.
  const code = codes.find((one) => one !== 0);
  if (sum("failed") > 0 || code !== undefined) process.exitCode = code || 1;
}

/** A file that could not even be loaded has no tests; it counts as one failure. */
function count({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}
