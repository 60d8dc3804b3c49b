/** The fake of Microsoft's cloud in a process of its own: `node run.mjs <file with port and tenants>`. */
import { readFileSync } from "node:fs";
import { startFakeMicrosoft } from "../../test/support/fake-microsoft/server.ts";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const server = await startFakeMicrosoft(plan);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => server.close(() => process.exit()).closeAllConnections());
