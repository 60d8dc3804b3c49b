/**
 * npm start: from a fresh clone to a running server with a demo in it, and back to nothing with Ctrl-C.
 * PORT (8787) and EDGE_SCEP_STATE (.edge-scep) may be set to run several side by side.
 */
import { whenNpmIsGone } from "./ancestors.mjs";
import { startClock } from "./clock.mjs";
import { provisionDemo } from "./demo.mjs";
import { eventLine } from "./event-line.mjs";
import { startFakeCloud } from "./fake-cloud.mjs";
import { ensureInstalled, toolNode } from "./install.mjs";
import { applyMigrations, startServer, untilHealthy } from "./local-server.mjs";
import { ensureSecrets, localState, lockState, portIsFree } from "./local-state.mjs";
import { followLog } from "./log-follower.mjs";
import { command, dim, progress, Sentence } from "./terminal.mjs";
import { welcome } from "./welcome.mjs";

/** Rejects when somebody wants the server gone: Ctrl-C, a closed terminal, `kill`, a dead npm. */
const stopWished = new Error("stop");
const wish = new Promise((_resolve, reject) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => reject(stopWished));
  whenNpmIsGone(() => reject(stopWished));
});
wish.catch(() => {});
const orWish = (work) => Promise.race([wish, work]);

await command(main);
// Whatever still runs for this process (a request, an installation) ends with it.
process.exit();

async function main() {
  const state = localState();
  let release;
  let server;
  let microsoft;
  try {
    await orWish(ensureInstalled());
    toolNode();
    const { bootstrapKey } = ensureSecrets(state);
    release = lockState(state);
    await orWish(refuseUsedPort(state));
    await step("Bringing the database up to date", applyMigrations(state));
    server = startServer(state);
    microsoft = await orWish(startFakeCloud(state));
    await step("Starting the server", untilHealthy(state, server));
    await step("Starting a fake of Microsoft's cloud", microsoft.ready);
    const dev = await step("Making the demo", provisionDemo(state, bootstrapKey, microsoft.cloud));
    startClock(state);
    console.log(welcome(dev, state));
    void followLog(state.logFile, showRequest, { fromStart: false });
    await orWish(server.ended);
    throw new Sentence(`The server ended by itself. Its log: ${state.logFile}`);
  } catch (error) {
    if (error !== stopWished) throw error;
    console.log(dim("\nStopping …"));
  } finally {
    await Promise.all([server?.stop(), microsoft?.server.stop()]);
    release?.();
  }
}

async function step(what, work) {
  const line = progress(what);
  try {
    const result = await orWish(work);
    line.done();
    return result;
  } catch (error) {
    line.failed();
    throw error;
  }
}

async function refuseUsedPort({ port }) {
  if (await portIsFree(port)) return;
  throw new Sentence(
    `Port ${port} is in use. Stop what uses it, or choose another: PORT=${port + 1} npm start ` +
      "(with an EDGE_SCEP_STATE of its own when both are to run).",
  );
}

function showRequest(line) {
  const readable = eventLine(line);
  if (readable !== undefined) console.log(readable);
}
