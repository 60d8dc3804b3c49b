/** All measurements of one run, one after the other, and what they came to. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localState } from "../local-state.mjs";
import { root } from "../processes.mjs";
import { step } from "../step.mjs";
import { command, dim } from "../terminal.mjs";
import { buildBundle } from "./bundle.mjs";
import { startDirectServer } from "./direct-process.mjs";
import { measureLongList } from "./long-list.mjs";
import { measureManyCertificates } from "./many-certificates.mjs";
import { measurements } from "./measure.mjs";
import { measureFleet } from "./fleet.mjs";
import { findScepserver, measureMicromdm } from "./micromdm.mjs";
import { keyPool, messageMaker } from "./messages.mjs";
import { ocspRequests } from "./ocsp-requests.mjs";
import { objectRequest } from "./object-request.mjs";
import { provision } from "./provision.mjs";
import { page, table } from "./report.mjs";

const whole = {
  keys: 200,
  blocks: 20,
  perBlock: 80,
  fewBlocks: 9,
  gets: 4000,
  calls: 1000,
  memory: 10_000,
  foreign: 400,
  many: { certificates: 200_000, blocks: 15, perBlock: 80, searches: 50 },
  list: { entries: 100_000, rounds: 3 },
};
const quick = {
  keys: 50,
  blocks: 3,
  perBlock: 80,
  fewBlocks: 3,
  gets: 800,
  calls: 200,
  memory: 0,
  foreign: 80,
  many: { certificates: 20_000, blocks: 3, perBlock: 80, searches: 20 },
  list: { entries: 20_000, rounds: 1 },
};
const million = { ...whole, many: { ...whole.many, certificates: 1_000_000 } };
/** Ours and the floor's name for it. */
const authorities = { "RSA-2048": "2048", "P-256": "P-256", "RSA-3072": "3072" };

await command(async () => {
  const isQuick = process.argv.includes("--quick");
  const size = isQuick ? quick : process.argv.includes("--million") ? million : whole;
  const folder = join(localState().folder, "bench");
  const results = await measureAll(folder, size);
  console.log(`\n${table(results)}`);
  if (isQuick) {
    console.log(
      dim("A short run: the figures are rough, and docs/benchmarks.md keeps its last whole one."),
    );
    return;
  }
  const file = join(root, "docs", "benchmarks.md");
  writeFileSync(file, page(results));
  console.log(
    dim(
      `Kept in docs/benchmarks.md. A ratio is worth more than a time: machines differ, and are busy.`,
    ),
  );
});

async function measureAll(folder, size) {
  const began = Date.now();
  const state = join(folder, `run-${process.pid}`);
  let server;
  try {
    const bundle = await step("Building the bundle", () => buildBundle(join(state, "bundle")));
    const keys = await step(`Keys of ${size.keys} devices (made once)`, () =>
      keyPool(folder, size.keys),
    );
    server = await step("Starting workerd", () =>
      startDirectServer({ folder: state, bundle, workers: ["service", "floor", "caller"] }),
    );
    const results = await measureOurs(server, state, keys, size);
    await server.stop();
    const { port } = server;
    const again = { folder: state, bundle, port, keys };
    results.list = await measureLongList({ ...again, size: size.list });
    results.many = await measureManyCertificates({ ...again, size: size.many });
    const program = findScepserver();
    if (program === undefined) {
      console.log(
        "  micromdm's scepserver is not on this machine (apt-get install scep): left out.",
      );
    } else {
      results.micromdm = await step("micromdm scepserver", () =>
        measureMicromdm({ program, folder: state, keys, count: size.foreign }),
      );
    }
    return { ...results, seconds: (Date.now() - began) / 1000 };
  } finally {
    await server?.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

async function measureOurs(server, folder, keys, size) {
  const { service, floor: floorAddress } = server.addresses;
  const made = await step("Making three CAs and their configurations", () =>
    provision({
      baseUrl: service,
      folder,
      bootstrapKey: server.bootstrapKey,
      keyAlgorithms: Object.keys(authorities),
    }),
  );
  const { floor, enrolments, get, requests, objectCall, memory } = measurements(server);
  const rsa = made.configurations["RSA-2048"];
  const makers = {};
  for (const [name, { url, challenge }] of Object.entries(made.configurations))
    makers[name] = await messageMaker(url, challenge, keys);

  const run = (name, options) =>
    enrolments({
      url: made.configurations[name].url,
      make: makers[name],
      authority: authorities[name],
      blocks: size.blocks,
      perBlock: size.perBlock,
      atOnce: 8,
      ...options,
    });
  const few = { blocks: size.fewBlocks };

  await step("Warming up", () => run("RSA-2048", few));
  const results = { enrolments: {}, lanes: {} };
  for (const name of Object.keys(authorities)) {
    results.enrolments[name] = await step(`Enrolments, CA ${name}`, () =>
      run(name, name === "RSA-2048" ? {} : few),
    );
  }
  for (const atOnce of [1, 8, 64])
    results.lanes[atOnce] = await step(`Enrolments, ${atOnce} at once`, () =>
      run("RSA-2048", { ...few, atOnce }),
    );
  results.fleet = await step("Enrolments through Intune", () =>
    measureFleet({
      baseUrl: service,
      made,
      template: rsa.template,
      keys,
      run: (url, make, blocks = size.fewBlocks) =>
        enrolments({ url, make, authority: "2048", blocks, perBlock: size.perBlock, atOnce: 8 }),
      floor,
      calls: size.calls,
    }),
  );
  results.byGet = await step("Enrolments by GET", () => run("RSA-2048", { ...few, method: "GET" }));

  results.gets = await step("GetCACaps, GetCACert, a Worker that does nothing", async () => ({
    GetCACaps: await get(`${rsa.url}?operation=GetCACaps`, size.gets),
    GetCACert: await get(`${rsa.url}?operation=GetCACert`, size.gets),
    nothing: await get(`${floorAddress}/?work=nothing`, size.gets),
  }));
  results.publication = await step("OCSP and CRL, out of the cache and not", async () => {
    const found = {};
    for (const name of ["RSA-2048", "P-256"]) {
      const { url, authority } = made.configurations[name];
      const page = `${service}/pki/${authority}/`;
      const ocsp = await ocspRequests(url, page);
      found[name] = {
        crl: await get(`${page}crl`, size.gets),
        kept: await get(ocsp.keptUrl, size.gets),
        fresh: await requests(() => ["POST", ocsp.url, ocsp.fresh()], size.gets),
      };
    }
    return found;
  });
  results.object = await step("The CA's object alone", async () => ({
    issue: await objectCall(
      "CERTIFICATE_AUTHORITY",
      rsa.authority,
      objectRequest(rsa, keys[0]),
      size.calls,
    ),
    empty: await objectCall("EMPTY", "empty", objectRequest(rsa, keys[0]), size.calls * 5),
    signature: await floor("2048", size.calls, "authority"),
  }));
  results.memory = [];
  if (size.memory > 0) {
    results.memory = await step(`Memory over ${size.memory} enrolments`, () =>
      memory({
        url: rsa.url,
        make: makers["RSA-2048"],
        enrolments: size.memory,
        perBlock: 1000,
      }),
    );
  }
  return results;
}
