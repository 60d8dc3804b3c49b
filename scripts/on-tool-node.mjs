/**
 * Runs one of our scripts on the Node that the tools run on: it reads the tests' client as it is (TypeScript whose
 * types are stripped) and knows Miniflare. Whoever ends this process ends that one too.
 */
import { ensureInstalled, toolEnvironment, toolNode } from "./install.mjs";
import { keep } from "./processes.mjs";

/**
 * @param {string} script
 * @param {string[]} args
 */
export async function onToolNode(script, args) {
  await ensureInstalled();
  const environment = toolEnvironment({ NODE_OPTIONS: "--disable-warning=ExperimentalWarning" });
  const { ended, stop } = keep(toolNode(), [script, ...args], {
    env: environment,
    output: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => void stop().then(() => process.exit(130)));
  }
  process.exitCode = await ended;
}
