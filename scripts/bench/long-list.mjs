/**
 * A CRL of very many entries: the work of making it, and how long others wait for the CA's object meanwhile. The
 * revocations are written into the object's own database while the server is stopped.
 */
import {
  isCrlSignedBy,
  readCertificate,
  readCertificateList,
} from "../../test/support/scep-client/index.ts";
import { step } from "../step.mjs";
import { startDirectServer } from "./direct-process.mjs";
import { callObject, enrolAll } from "./load.mjs";
import { median } from "./measure.mjs";
import { messageMaker } from "./messages.mjs";
import { fillObjectDatabase } from "./object-database.mjs";
import { costOf, fineCpuMilliseconds } from "./process-cost.mjs";
import { provision } from "./provision.mjs";

/**
 * Each round makes two lists, each of a CA of its own, since a CA makes one a minute at most.
 * @param {{ folder: string, bundle: string, port: number, keys: import("../../test/support/scep-client/keys.ts").KeyPair[],
 *   size: { entries: number, rounds: number } }} options
 */
export async function measureLongList({ folder, bundle, port, keys, size }) {
  const names = Array.from({ length: 2 * size.rounds }, (_, index) => `RSA-2048 list ${index}`);
  const start = () => startDirectServer({ folder, bundle, workers: ["service", "caller"], port });
  let server = await start();
  try {
    const { configurations } = await step(`Making ${names.length} CAs`, () =>
      provision({
        baseUrl: server.addresses.service,
        folder,
        bootstrapKey: server.bootstrapKey,
        keyAlgorithms: names,
      }),
    );
    for (const name of names) await callObject(server, configurations[name].authority, "wake");
    await server.stop();
    await step(`Writing ${size.entries} revocations into each`, () => {
      for (const name of names) fill(folder, configurations[name].authority, size.entries);
    });
    server = await start();
    return await step(`CRLs of ${size.entries} entries`, () =>
      measureAll(
        server,
        names.map((name) => configurations[name]),
        keys,
        size,
      ),
    );
  } finally {
    await server.stop();
  }
}

/** Revoked after the list that there is, which is old enough for a new one. */
const fill = (folder, authority, count) =>
  fillObjectDatabase(folder, authority, (database) => {
    database
      .prepare(
        `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
         INSERT INTO revocations (serial, revoked_at, reason, not_after, revision, changed_at)
         SELECT lower(hex(randomblob(16))), unixepoch() - n,
           CASE n % 3 WHEN 0 THEN 'unspecified' WHEN 1 THEN 'superseded' ELSE 'keyCompromise' END,
           unixepoch() + 31536000, n, unixepoch() FROM numbers`,
      )
      .run(count);
    database.exec("UPDATE crl SET made_at = made_at - 3600");
  });

async function measureAll(server, configurations, keys, { entries, rounds }) {
  const [asked, enrolled] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const [one, other] = configurations.slice(2 * round);
    const ask = () => callObject(server, one.authority, "certificateStatuses", []);
    asked.push(await make(server, one, ask));
    const maker = await messageMaker(other.url, other.challenge, keys);
    enrolled.push(await make(server, other, () => enrolAll([maker()], other.url, 1)));
    if (round === 0) await verify(server, other, entries);
  }
  const medianOf = (made, figure) => median(made.map(figure));
  return {
    entries,
    cpu: medianOf(asked, ({ cpu }) => cpu),
    seconds: medianOf(asked, ({ seconds }) => seconds),
    piece: medianOf(asked, ({ usual, longest }) => longest.cpu - usual.cpu),
    enrolment: medianOf(enrolled, ({ longest }) => longest.cpu),
    usualEnrolment: medianOf(enrolled, ({ usual }) => usual.cpu),
    wait: medianOf(enrolled, ({ longest }) => longest.wait),
  };
}

/**
 * Makes the list while `other` is done again and again, one after the other.
 * @returns CPU milliseconds and seconds of the whole, and of `other` the usual and the longest: how long it took and what
 * the process worked meanwhile, which is the same as long as nobody else needs the processor
 */
async function make(server, { authority }, other) {
  const { workerd } = server;
  const usual = await repeat(workerd, other, (done) => done.length < 50);
  let making = true;
  const began = performance.now();
  const { cpu, result } = await costOf(workerd, 1, async () => {
    const ended = callObject(server, authority, "wake")
      .finally(() => (making = false))
      .then(() => (performance.now() - began) / 1000);
    ended.catch(() => {});
    const done = await repeat(workerd, other, () => making);
    return { seconds: await ended, done };
  });
  return {
    cpu,
    seconds: result.seconds,
    usual: { cpu: median(usual.map((one) => one.cpu)), wait: median(usual.map((one) => one.wait)) },
    longest: {
      cpu: Math.max(...result.done.map((one) => one.cpu)),
      wait: Math.max(...result.done.map((one) => one.wait)),
    },
  };
}

async function repeat(workerd, work, goOn) {
  const done = [];
  while (goOn(done)) {
    const [began, before] = [performance.now(), fineCpuMilliseconds(workerd)];
    await work();
    done.push({ wait: performance.now() - began, cpu: fineCpuMilliseconds(workerd) - before });
  }
  return done;
}

async function verify(server, { authority }, entries) {
  const fetched = async (file) => {
    const response = await fetch(`${server.addresses.service}/pki/${authority}/${file}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  const list = readCertificateList(await fetched("crl"));
  const { spki } = readCertificate(await fetched("ca.cer"));
  if (list.revoked.length !== entries || !isCrlSignedBy(list, spki))
    throw new Error(`The CRL of ${authority} has ${list.revoked.length} entries of ${entries}.`);
}
