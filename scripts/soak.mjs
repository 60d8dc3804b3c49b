/**
 * npm run soak: whether one request ever gives two certificates, and whether one that was handed out is ever lost, also
 * when the whole server is killed. Its server is the bench's (workerd with the built bundle, SQLite on disk, no
 * development proxy), because that one is fast enough; port and state are its own. `-- --help` shows the sizes.
 */
import { join } from "node:path";
import { onToolNode } from "./on-tool-node.mjs";
import { command } from "./terminal.mjs";

await command(() =>
  onToolNode(join(import.meta.dirname, "soak", "run.mjs"), process.argv.slice(2)),
);
