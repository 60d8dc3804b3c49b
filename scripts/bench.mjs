/**
 * npm run bench: what one enrolment costs, as CPU time of the server's process and as a multiple of the cryptography in
 * it. `-- --quick` for a minute or two instead of ten; `-- --million` fills the full CA with a million certificates instead
 * of 200,000, which takes five minutes more. A short run is not kept in docs/benchmarks.md.
 */
import { join } from "node:path";
import { onToolNode } from "./on-tool-node.mjs";
import { command } from "./terminal.mjs";

await command(() =>
  onToolNode(join(import.meta.dirname, "bench", "run.mjs"), process.argv.slice(2)),
);
