/**
 * A CA with very many certificates beside an empty one: what an enrolment costs into each, what the index of the
 * inventory costs, and what people's questions and pages cost. The certificates are copies of one, written into the object's
 * own database while the server is stopped: issuing them would take hours.
 */
import { step } from "../step.mjs";
import { startDirectServer } from "./direct-process.mjs";
import { callObject, enrolAll, inLanes, percentile } from "./load.mjs";
import { median } from "./measure.mjs";
import { messageMaker } from "./messages.mjs";
import { fillObjectDatabase } from "./object-database.mjs";
import { measurePages } from "./pages.mjs";
import { costOf } from "./process-cost.mjs";
import { provision } from "./provision.mjs";

const [empty, full] = ["RSA-2048 empty", "RSA-2048 full"];
/** As many as the object indexes when it is woken once. */
const indexedAtOnce = 5000;

/** More than any other CA of this run has issued. */
const mostOfOthers = 100_000;

/**
 * @param {{ folder: string, bundle: string, port: number, keys: import("../../test/support/scep-client/keys.ts").KeyPair[],
 *   size: { certificates: number, blocks: number, perBlock: number, searches: number } }} options
 */
export async function measureManyCertificates({ folder, bundle, port, keys, size }) {
  const start = () =>
    startDirectServer({ folder, bundle, workers: ["service", "floor", "caller"], port });
  let server = await start();
  try {
    const made = await provision({
      baseUrl: server.addresses.service,
      folder,
      bootstrapKey: server.bootstrapKey,
      keyAlgorithms: [empty, full],
    });
    const makers = {};
    for (const name of [empty, full]) {
      const { url, challenge } = made.configurations[name];
      makers[name] = await messageMaker(url, challenge, keys);
      await enrolAll([makers[name]()], url, 1);
    }
    await server.stop();
    const { authority } = made.configurations[full];
    await step(`Writing ${size.certificates} certificates`, () =>
      fill(folder, authority, size.certificates),
    );
    server = await start();
    const index = await step("Indexing them", () => indexAll(server, authority, size.certificates));
    const enrolments = await step("Enrolments into both CAs by turns", () =>
      compare(server, made.configurations, makers, size),
    );
    // The clock would have come by: what was issued, by this run or before it, is indexed.
    for (const { authority: any } of Object.values(made.configurations))
      await indexAll(server, any, mostOfOthers);
    const searches = await step("Searching them", () => search(server, made, size));
    const pages = await step("The portal's pages", () =>
      measurePages(server, made, {
        configuration: full,
        middle: Math.floor(size.certificates / 2),
        visits: size.searches,
      }),
    );
    return { certificates: size.certificates, index, enrolments, searches, pages };
  } finally {
    await server.stop();
  }
}

const fill = (folder, authority, count) =>
  fillObjectDatabase(folder, authority, (database) =>
    database
      .prepare(
        `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
         INSERT INTO certificates (serial, status, purpose, configuration_id, transaction_id, request_digest,
           requester_key_digest, signer, authorisation, token_id, template_id, template_version, subject, not_before,
           not_after, recorded_at, issued_at, tbs, signature)
         SELECT lower(hex(randomblob(16))), 'issued', 'end-entity', configuration_id, hex(randomblob(16)),
           lower(hex(randomblob(32))), lower(hex(randomblob(32))), 'self-signed', authorisation, token_id, template_id,
           template_version, 'CN=device-' || n || '.corp.example,OU=Workstations,O=Bench', not_before,
           recorded_at + 31536000 - (? - n) * 30, recorded_at - (? - n) * 30, issued_at, tbs, signature
         FROM numbers, (SELECT * FROM certificates WHERE purpose = 'end-entity' ORDER BY id LIMIT 1)`,
      )
      .run(count, count, count),
  );

/** @returns CPU milliseconds for each certificate */
async function indexAll(server, authority, count) {
  const rounds = Math.ceil(count / indexedAtOnce) + 1;
  const { cpu } = await costOf(server.workerd, count, async () => {
    for (let round = 0; round < rounds; round++) await callObject(server, authority, "wake");
  });
  return cpu;
}

async function compare(server, configurations, makers, { blocks, perBlock }) {
  const block = async (name) => {
    const messages = Array.from({ length: perBlock }, makers[name]);
    const work = () => enrolAll(messages, configurations[name].url, 8);
    return (await costOf(server.workerd, perBlock, work)).cpu;
  };
  await block(empty);
  await block(full);
  const [into, ratios] = [{ empty: [], full: [] }, []];
  for (let round = 0; round < blocks; round++) {
    into.empty.push(await block(empty));
    into.full.push(await block(full));
    ratios.push(into.full.at(-1) / into.empty.at(-1));
  }
  ratios.sort((one, other) => one - other);
  return {
    empty: median(into.empty),
    full: median(into.full),
    ratio: median(into.full) / median(into.empty),
    spread: [percentile(ratios, 0.25), percentile(ratios, 0.75)],
  };
}

/** What people ask of the inventory, with the time they wait and the CPU it takes. */
async function search(server, { apiKey, tenant }, { certificates, searches }) {
  const base = `${server.addresses.service}/api/v1/tenants/${tenant}/certificates`;
  const headers = { authorization: `Bearer ${apiKey}` };
  const of = `configuration=ca-${full.toLowerCase().replaceAll(" ", "-")}`;
  const ask = async (path) => {
    const response = await fetch(base + path, { headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 300)}`);
    return text;
  };
  const middle = Math.floor(certificates / 2);
  const { items } = JSON.parse(await ask(`?search=device-${middle}.corp`));
  const [found] = items;
  if (items.length !== 1) throw new Error(`device-${middle} was found ${items.length} times.`);
  const soon = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const questions = {
    "newest page of 50": `?${of}`,
    "part of a name, one in all": `?search=device-${middle}.corp`,
    "part of a name, in all of them": "?search=corp.example&limit=50",
    "part of a name, in none": "?search=nowhere.test",
    "beginning of a serial number": `?search=${found.serialNumber.slice(0, 16)}`,
    "expiring within 30 days": `?${of}&status=valid&expiresBefore=${soon}`,
    revoked: `?${of}&status=revoked`,
    "statistics of 90 days": "/statistics?days=90",
    "a certificate's story": `/${found.serialNumber}/story`,
  };
  const results = {};
  for (const [question, path] of Object.entries(questions)) {
    await inLanes(5, 1, () => ask(path));
    const { cpu, result } = await costOf(server.workerd, searches, () =>
      inLanes(searches, 1, () => ask(path)),
    );
    results[question] = { cpu, p50: percentile(result.latencies, 0.5) };
  }
  results[`export of the ${full} CA, each certificate`] = await exportAll(
    server,
    ask,
    certificates,
  );
  return results;
}

async function exportAll(server, ask, certificates) {
  const count = Math.min(certificates, 100_000);
  const after = new Date(Date.now() - count * 30_000).toISOString();
  const began = performance.now();
  const { cpu, result } = await costOf(server.workerd, count, () =>
    ask(`/export?format=csv&issuedAfter=${after}`),
  );
  const lines = result.split("\r\n").length - 2;
  if (lines < count * 0.99) throw new Error(`The export has ${lines} lines of ${count}.`);
  return { cpu, p50: (performance.now() - began) / count };
}
