/** The measurements against our own Worker. Each floor is taken right beside what is compared with it. */
import { connections, enrolAll, inLanes, percentile } from "./load.mjs";
import { costOf, residentMegabytes } from "./process-cost.mjs";

export const median = (values) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

/** @param {{ addresses: Record<string, string>, workerd: number }} server */
export function measurements(server) {
  const { addresses, workerd } = server;

  /** CPU milliseconds of one round of a floor's work. */
  async function floor(authority, rounds, work = "enrolment", address = "") {
    const query = `work=${work}&authority=${authority}&address=${encodeURIComponent(address)}&rounds=`;
    await ask(`${addresses.floor}/?${query}1`);
    return (await costOf(workerd, rounds, () => ask(`${addresses.floor}/?${query}${rounds}`))).cpu;
  }

  /** Blocks of enrolments between blocks of the floor: each is compared with the two beside it. */
  async function enrolments({ url, make, authority, blocks, perBlock, atOnce, method = "POST" }) {
    const beside = () => floor(authority, Math.ceil(perBlock / 2));
    const [cpus, floors, latencies] = [[], [await beside()], []];
    let seconds = 0;
    for (let block = 0; block < blocks; block++) {
      const messages = Array.from({ length: perBlock }, make);
      const { cpu, result } = await costOf(workerd, perBlock, () =>
        enrolAll(messages, url, atOnce, method),
      );
      cpus.push(cpu);
      floors.push(await beside());
      latencies.push(...result.latencies);
      seconds += result.seconds;
    }
    const ratios = cpus
      .map((cpu, block) => (2 * cpu) / (floors[block] + floors[block + 1]))
      .toSorted((one, other) => one - other);
    latencies.sort((one, other) => one - other);
    return {
      cpu: median(cpus),
      floor: median(floors),
      ratio: median(ratios),
      spread: [percentile(ratios, 0.25), percentile(ratios, 0.75)],
      perSecond: (blocks * perBlock) / seconds,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
    };
  }

  /** CPU milliseconds of one GET. */
  const get = (address, count) => requests(() => ["GET", new URL(address)], count);

  /**
   * CPU milliseconds of one request that must be answered with 200.
   * @param {() => [method: string, url: URL, body?: Uint8Array]} make
   */
  async function requests(make, count) {
    const { send, close } = connections(8);
    const work = async () => {
      const [method, url, body] = make();
      const { status } = await send(method, url, body);
      if (status !== 200) throw new Error(`${url} answered ${status}.`);
    };
    try {
      await inLanes(Math.ceil(count / 5), 8, work);
      return (await costOf(workerd, count, () => inLanes(count, 8, work))).cpu;
    } finally {
      close();
    }
  }

  /** CPU milliseconds of one call of a CA's object from a Worker, or of an object that does nothing. */
  async function objectCall(target, object, issue, count) {
    const call = (times) =>
      ask(addresses.caller, {
        method: "POST",
        body: JSON.stringify({ target, object, issue, count: times, atOnce: 8 }),
      });
    await call(Math.ceil(count / 5));
    return (await costOf(workerd, count, () => call(count))).cpu;
  }

  /** Resident memory before, during and after very many enrolments. */
  async function memory({ url, make, enrolments: count, perBlock }) {
    const points = [{ after: 0, megabytes: residentMegabytes(workerd) }];
    for (let done = 0; done < count; done += perBlock) {
      await enrolAll(Array.from({ length: perBlock }, make), url, 8);
      points.push({ after: done + perBlock, megabytes: residentMegabytes(workerd) });
    }
    return points;
  }

  return { floor, enrolments, get, requests, objectCall, memory };
}

async function ask(address, init) {
  const response = await fetch(address, { ...init, signal: AbortSignal.timeout(120_000) });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${address} answered ${response.status}: ${text.slice(0, 300)}`);
  return text;
}
