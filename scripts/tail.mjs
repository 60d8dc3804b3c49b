/**
 * npm run tail: one readable line per request, from the Worker's wide events.
 */
import { existsSync } from "node:fs";
import { eventLine } from "./event-line.mjs";
import { ensureInstalled, tool, toolEnvironment } from "./install.mjs";
import { splitObjects } from "./json-stream.mjs";
import { localState } from "./local-state.mjs";
import { followLog } from "./log-follower.mjs";
import { keep } from "./processes.mjs";
import { command, dim, Sentence } from "./terminal.mjs";

const usage = `\
npm run tail                    the local server's log
npm run tail -- --remote        the deployed Worker of wrangler.toml
npm run tail -- <worker name>   another deployed Worker
npm run tail -- <log file>      a file
npm run tail -- -               what is piped in, e.g. from wrangler tail --format json`;

await command(async () => {
  const [what] = process.argv.slice(2);
  if (what === "-") return fromStream(process.stdin);
  if (what === "--remote") return fromDeployed([]);
  if (what === "--help" || what === "-h") return console.log(usage);
  if (what !== undefined && !existsSync(what)) return fromDeployed([what]);
  return fromLog(what ?? localState().logFile);
});

async function fromLog(path) {
  if (!existsSync(path)) {
    throw new Sentence(`There is no log at ${path} yet. "npm start" writes it.\n\n${usage}`);
  }
  console.error(dim(`Following ${path}. Ctrl-C ends.`, process.stderr));
  await followLog(path, (line) => show(eventLine(line)));
}

async function fromDeployed(name) {
  await ensureInstalled();
  console.error(dim("Listening to the deployed Worker. Ctrl-C ends.", process.stderr));
  const { child, ended, stop } = keep(tool("wrangler"), ["tail", ...name, "--format", "json"], {
    env: toolEnvironment(),
    output: "pipe",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => void stop().then(() => process.exit(0)));
  }
  child.stderr.pipe(process.stderr);
  void fromStream(child.stdout);
  if ((await ended) !== 0) {
    throw new Sentence(
      'wrangler tail ended. Is somebody logged in? "npx wrangler login" does it; or set CLOUDFLARE_API_TOKEN.',
    );
  }
}

async function fromStream(stream) {
  stream.setEncoding("utf8");
  const take = splitObjects((text) => linesOf(text).forEach(show));
  for await (const chunk of stream) take(chunk);
}

/** An object is an event of ours, or what `wrangler tail` wraps around several of them. */
function linesOf(text) {
  const own = eventLine(text);
  if (own !== undefined) return [own];
  let wrapped;
  try {
    wrapped = JSON.parse(text);
  } catch {
    return [];
  }
  const logs = Array.isArray(wrapped.logs) ? wrapped.logs : [];
  const messages = logs.flatMap(({ message }) => message);
  const lines = messages.map((message) =>
    eventLine(typeof message === "string" ? message : JSON.stringify(message)),
  );
  for (const { name, message } of wrapped.exceptions ?? []) {
    lines.push(eventLine(JSON.stringify({ event: "fault", message: `${name}: ${message}` })));
  }
  return lines;
}

function show(line) {
  if (line !== undefined) console.log(line);
}
