/**
 * npm run check: everything about the code that needs no running. Goes through all steps, says what each
 * found, and fails at the end. `npm run check -- lint types` runs only those.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { steps } from "./check-steps.mjs";
import { ensureInstalled } from "./install.mjs";
import { command, progress, red, Sentence } from "./terminal.mjs";

await command(async () => {
  await ensureInstalled();
  const wanted = process.argv.slice(2);
  const chosen = steps.filter(
    ({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)),
  );
  if (chosen.length === 0) {
    throw new Sentence(
      `There is no such step. There are: ${steps.map(({ name }) => name).join(", ")}.`,
    );
  }
  const failed = [];
  for (const step of chosen) if (!(await passed(step))) failed.push(step.name);
  if (failed.length > 0) {
    throw new Sentence(`${failed.length} of ${chosen.length} checks failed: ${failed.join(", ")}.`);
  }
  console.log(`All ${chosen.length} checks passed.`);
});

async function passed({ name, remedy, work }) {
  const folder = mkdtempSync(join(tmpdir(), "edge-scep-check-"));
  const line = progress(name);
  try {
    line.done(await work(folder));
    return true;
  } catch (error) {
    line.failed();
    if (!(error instanceof Sentence)) throw error;
    console.log(error.message.replaceAll(/^/gm, "    "));
    if (remedy !== undefined) console.log(red(`    ${remedy}`));
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
