/** The bundle that `npm run deploy` would upload. */
import { tool, toolEnvironment } from "../install.mjs";
import { run } from "../processes.mjs";
import { Sentence } from "../terminal.mjs";

export async function buildBundle(folder) {
  const { code, output } = await run(
    tool("wrangler"),
    ["deploy", "--dry-run", "--outdir", folder],
    toolEnvironment({ NO_COLOR: "1" }),
  );
  if (code !== 0) throw new Sentence(`${output.trim()}\nThe bundle could not be built.`);
  return folder;
}
