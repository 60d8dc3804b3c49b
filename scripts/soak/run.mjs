/** The parts of the soak, the look into the CA's own file afterwards, and the verdict. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildBundle } from "../bench/bundle.mjs";
import { keyPool, messageMaker } from "../bench/messages.mjs";
import { provision } from "../bench/provision.mjs";
import { localState } from "../local-state.mjs";
import { step } from "../step.mjs";
import { bold, command, green, Sentence } from "../terminal.mjs";
import { Answers } from "./answers.mjs";
import { compareWithApi } from "./api-comparison.mjs";
import { enrolFleet } from "./fleet.mjs";
import { compareFleetWithLedger, compareWithLedger } from "./ledger.mjs";
import { enrolMany, killAndRetry, repeatAtOnce } from "./parts.mjs";
import { KillableServer } from "./server.mjs";

const usage = `\
npm run soak                       some ten minutes
npm run soak -- --full             100000 enrolments and 200 kills: about an hour
npm run soak -- --messages 100     messages that are sent --copies times at once (1000, 20)
               --enrolments 300    different enrolments at --at-once (10000, 64)
               --kills 3           SIGKILLs of the whole server during enrolments (50)
               --fleet 100         devices that enrol through Intune, with 30 % faults of Microsoft's (10000)`;

const usual = {
  messages: "1000",
  copies: "20",
  enrolments: "10000",
  kills: "50",
  fleet: "10000",
  "at-once": "64",
};
const full = { ...usual, enrolments: "100000", kills: "200" };

await command(async () => {
  const { values: given } = parseArgs({
    options: {
      ...Object.fromEntries(Object.keys(usual).map((name) => [name, { type: "string" }])),
      full: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (given.help) return console.log(usage);
  const values = { ...(given.full ? full : usual), ...given };
  await soak({
    messages: count(values, "messages"),
    copies: count(values, "copies"),
    enrolments: count(values, "enrolments"),
    kills: count(values, "kills"),
    devices: count(values, "fleet"),
    atOnce: count(values, "at-once"),
  });
});

function count(values, name) {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 0)
    throw new Sentence(`--${name} is "${values[name]}", which is no number.\n\n${usage}`);
  return number;
}

async function soak({ messages, copies, enrolments, kills, devices, atOnce }) {
  const home = join(localState().folder, "soak");
  const folder = join(home, `run-${process.pid}`);
  const bundle = join(folder, "bundle");
  let server;
  let keep = false;
  try {
    await step("Building the bundle", () => buildBundle(bundle));
    // As many as a short run has a use for: they are dear.
    const keyCount = Math.min(40, Math.ceil(enrolments / 25) + 1);
    const keys = await step(`Keys of ${keyCount} devices (made once)`, () =>
      keyPool(home, keyCount),
    );
    server = new KillableServer(folder, bundle);
    await step("Starting the server", () => server.start());
    const made = await step("Making a CA, a configuration and a token", () =>
      provision({ ...server.access(), folder, keyAlgorithms: ["RSA-2048"] }),
    );
    const configuration = made.configurations["RSA-2048"];
    const { url, challenge } = configuration;
    const context = { server, url, atOnce, make: await messageMaker(url, challenge, keys) };
    const answers = new Answers();

    await step(`${messages} messages, each ${copies} times at once`, () =>
      repeatAtOnce({ ...context, answers, messages, copies }),
    );
    await step(`${enrolments} enrolments, ${atOnce} at once`, () =>
      enrolMany({ ...context, answers, enrolments }),
    );
    const retried = await step(`${kills} times SIGKILL during enrolments, ${atOnce} at once`, () =>
      killAndRetry({ ...context, answers, kills }),
    );
    await step("The REST API shows the same certificates", () =>
      compareWithApi(server.access().baseUrl, made, answers),
    );
    const fleet = await step(
      `${devices} devices of Intune's, ${atOnce} at once, 30 % of what is asked goes wrong`,
      () =>
        enrolFleet({
          baseUrl: server.access().baseUrl,
          made,
          template: configuration.template,
          keys,
          devices,
          atOnce,
        }),
    );
    await server.stop();
    await step("The fleet's CA holds nothing that Microsoft did not agree to", () =>
      compareFleetWithLedger(folder, fleet),
    );
    const settled = await step("The CA's own file holds exactly these", () =>
      compareWithLedger(folder, configuration, answers),
    );
    console.log(
      `\n${green(bold("Nothing lost, nothing twice."))} ${answers.size} certificates for ${answers.size} requests, ` +
        `${retried} of them asked for again after ${kills} kills, ` +
        `of which ${settled} were written down and not yet signed when the server died. ` +
        `${fleet.delivered.size} devices of Intune's got theirs, ${fleet.refused} were refused, ` +
        `${fleet.postponed} of ${fleet.requests} requests were sent away to come again; the slowest answer took ${Math.round(fleet.slowest)} ms.`,
    );
  } catch (error) {
    keep = error instanceof Sentence;
    if (keep) console.error(`The state of this run is kept for a look: ${folder}`);
    throw error;
  } finally {
    await server?.stop();
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
}
