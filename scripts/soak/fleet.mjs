/** A fleet that enrols through Intune while everything around Microsoft goes wrong every third time. */
import { setTimeout as pause } from "node:timers/promises";
import { verifyCertRep } from "../../test/support/scep-client/index.ts";
import { connections, inLanes } from "../bench/load.mjs";
import { fleetMessageMaker, provisionFleet, startMicrosoft } from "../bench/microsoft.mjs";
import { Sentence } from "../terminal.mjs";

const longestAnswerMilliseconds = 20_000;
const faultShare = 0.3;
/** Devices would wait as long as they are told; nobody has the time for it here. */
const longestPauseMilliseconds = 500;
const mostTries = 200;

const nested = JSON.stringify({ error: { code: "InternalError", message: '{"RetryAfter":1}' } });
/** Every kind of fault, on the hops where it can come. */
const faults = [
  { kind: "status", status: 500, body: nested },
  { kind: "status", status: 502, body: "<html>Bad Gateway</html>" },
  { kind: "status", status: 503, headers: { "retry-after": "1" } },
  { kind: "status", status: 429, headers: { "retry-after": "1" } },
  { kind: "status", status: 401 },
  { kind: "status", status: 200, body: "{" },
  { kind: "status", status: 200, body: "" },
  { kind: "status", status: 200, body: '{"code":null}' },
  { kind: "status", status: 200, body: '{"code":"success"}' },
  { kind: "status", status: 200, body: '{"code":"ChallengeExpired"}' },
  { kind: "status", status: 307, headers: { location: "https://elsewhere.example/" } },
  { kind: "slow", milliseconds: 300 },
  { kind: "reset" },
  { kind: "refused" },
  { kind: "lost" },
];
const hops = ["validate", "success", "validate", "success", "graph", "login-intune", "login-graph"];

const oneOf = (list) => list[Math.floor(Math.random() * list.length)];

/** @returns what became of it; the transactions that got a certificate stand in `delivered` */
export async function enrolFleet({ baseUrl, made, template, keys, devices, atOnce }) {
  let calm = true;
  const microsoft = await startMicrosoft((fake) => {
    if (!calm && Math.random() < faultShare) fake.inject({ hop: oneOf(hops), ...oneOf(faults) });
  });
  const { send, close } = connections(atOnce);
  const delivered = new Map();
  const counts = { requests: 0, postponed: 0, refused: 0, slowest: 0 };
  try {
    const fleet = await provisionFleet(baseUrl, made, template, microsoft);
    const make = await fleetMessageMaker(fleet.url, microsoft, fleet.directory, keys);
    calm = false;
    const url = new URL(`${fleet.url}?operation=PKIOperation`);
    await inLanes(devices, atOnce, async () => {
      const message = make();
      for (let attempt = 1; ; attempt++) {
        const began = performance.now();
        const reply = await send("POST", url, message.der);
        counts.requests++;
        counts.slowest = Math.max(counts.slowest, performance.now() - began);
        if (reply.status === 200) {
          take(message, reply.body, fleet.directory, microsoft.fake, delivered, counts);
          return;
        }
        if (reply.status !== 503)
          throw new Sentence(`${message.transactionID} was answered ${reply.status}.`);
        if (!(Number(reply.headers["retry-after"]) > 0))
          throw new Sentence("A device was sent away without being told for how long.");
        counts.postponed++;
        if (attempt === mostTries)
          throw new Sentence(`${message.transactionID} was sent away ${mostTries} times.`);
        await pause(
          Math.min(1000 * Number(reply.headers["retry-after"]), longestPauseMilliseconds),
        );
      }
    });
    if (counts.slowest > longestAnswerMilliseconds)
      throw new Sentence(`An answer took ${Math.round(counts.slowest)} ms.`);
    if (microsoft.fake.violations.length > 0)
      throw new Sentence(
        `Microsoft would object: ${[...new Set(microsoft.fake.violations)].join("; ")}`,
      );
    return {
      ...counts,
      delivered,
      authority: fleet.authority,
      validated: validatedIn(fleet.directory),
    };
  } finally {
    close();
    microsoft.close();
  }
}

function take(message, body, directory, fake, delivered, counts) {
  const reply = verifyCertRep(body, message);
  if (reply.pkiStatus === "PENDING") throw new Sentence("A device of Intune's was told to wait.");
  if (reply.pkiStatus === "FAILURE") {
    counts.refused++;
    return;
  }
  const wrong = fake.unlawful(directory, reply.certificate.der);
  if (wrong.length > 0) throw new Sentence(`${message.transactionID}: ${wrong.join("; ")}`);
  delivered.set(message.transactionID, reply.certificate);
}

/** transactionIDs that Microsoft said Success to. */
const validatedIn = (directory) =>
  new Set(
    [...directory.transactions.values()]
      .filter(({ validated }) => validated)
      .map(({ transactionId }) => transactionId),
  );
