/** What an isolate remembers of D1: for how long, and what it does while D1 is in trouble. */
import { describe, expect, it } from "vitest";
import {
  AgedCache,
  freshMilliseconds,
  maximumAgeMilliseconds,
} from "../../src/enrolment/aged-cache.ts";

interface Found {
  readonly id: string;
  readonly version: number;
}

/** A database whose answers the test gives, one load at a time, and a clock that it moves. */
class World {
  milliseconds = 1_000_000;
  loads = 0;
  answer: () => Promise<Found | undefined> = () => Promise.resolve(undefined);
  readonly cache: AgedCache<Found>;

  constructor(capacity = 10) {
    this.cache = new AgedCache({ now: () => new Date(this.milliseconds) }, capacity);
  }

  find(key = "a"): Promise<Found | undefined> {
    return this.cache.find(key, () => {
      this.loads++;
      return this.answer();
    });
  }

  holds(version: number, id = "a"): void {
    this.answer = () => Promise.resolve({ id, version });
  }

  fails(): void {
    this.answer = () => Promise.reject(new Error("D1 does not answer"));
  }
}

describe("a copy", () => {
  it("is used without asking while it is fresh, and asked for again after that", async () => {
    const world = new World();
    world.holds(1);
    expect(await world.find()).toEqual({ id: "a", version: 1 });
    world.holds(2);
    world.milliseconds += freshMilliseconds - 1;
    expect((await world.find())?.version).toBe(1);
    expect(world.loads).toBe(1);
    world.milliseconds += 1;
    expect((await world.find())?.version).toBe(2);
    expect(world.loads).toBe(2);
  });

  it("is of no known age when the clock went back: asked for again, and not used while D1 is in trouble", async () => {
    const world = new World();
    world.holds(1);
    await world.find();
    world.milliseconds -= 1;
    world.holds(2);
    expect((await world.find())?.version).toBe(2);
    world.milliseconds -= 600_000;
    world.fails();
    await expect(world.find()).rejects.toThrow("D1 does not answer");
  });

  it("is as old as its load: reading it does not make it younger", async () => {
    const world = new World();
    world.holds(1);
    await world.find();
    for (let read = 0; read < 5; read++) {
      world.milliseconds += freshMilliseconds / 5;
      await world.find();
    }
    expect(world.loads).toBe(2);
  });

  it("serves while the database fails, until it is 60 seconds old and no longer", async () => {
    const world = new World();
    world.holds(1);
    await world.find();
    world.fails();
    world.milliseconds += maximumAgeMilliseconds - 1;
    expect((await world.find())?.version).toBe(1);
    world.milliseconds += 1;
    await expect(world.find()).rejects.toThrow("D1 does not answer");
    expect(maximumAgeMilliseconds).toBeLessThanOrEqual(60_000);
  });

  it("that a failing database made serve is asked for again at the very next call", async () => {
    const world = new World();
    world.holds(1);
    await world.find();
    world.fails();
    world.milliseconds += freshMilliseconds;
    await world.find();
    world.holds(2);
    expect((await world.find())?.version).toBe(2);
  });

  it("of what is gone is dropped: what was switched off is not served again, even in trouble", async () => {
    const world = new World();
    world.holds(1);
    await world.find();
    world.milliseconds += freshMilliseconds;
    world.answer = () => Promise.resolve(undefined);
    expect(await world.find()).toBeUndefined();
    world.fails();
    await expect(world.find()).rejects.toThrow("D1 does not answer");
  });

  it("of one key is not another's", async () => {
    const world = new World();
    world.holds(1);
    await world.find("a");
    world.holds(2, "b");
    expect(await world.find("b")).toEqual({ id: "b", version: 2 });
    expect(await world.find("a")).toEqual({ id: "a", version: 1 });
  });
});

it("that something does not exist is never remembered: it is seen as soon as it does", async () => {
  const world = new World();
  expect(await world.find()).toBeUndefined();
  world.holds(1);
  expect((await world.find())?.version).toBe(1);
  expect(world.loads).toBe(2);
});

it("a failure without a copy is a failure, and is not remembered", async () => {
  const world = new World();
  world.fails();
  await expect(world.find()).rejects.toThrow("D1 does not answer");
  world.holds(1);
  expect((await world.find())?.version).toBe(1);
});

it("a load whose request was cancelled, and so never ends, keeps nobody else waiting", async () => {
  const cache = new AgedCache<number>({ now: () => new Date() }, 10);
  const hanging = cache.find("key", () => new Promise<number>(() => undefined));
  hanging.catch(() => undefined);
  expect(await cache.find("key", () => Promise.resolve(1))).toBe(1);
  await expect(hanging).rejects.toThrow("No answer within");
}, 10_000);

describe("forgetting", () => {
  it("drops what matches and keeps the rest", async () => {
    const world = new World();
    world.holds(1, "a");
    await world.find("a");
    world.holds(1, "b");
    await world.find("b");
    world.cache.forget(({ id }) => id === "a");
    world.holds(2, "a");
    expect((await world.find("a"))?.version).toBe(2);
    expect((await world.find("b"))?.version).toBe(1);
    expect(world.loads).toBe(3);
  });

  it("during a load: what that load brings is answered to who waits, but not kept", async () => {
    const world = new World();
    const { promise, resolve } = Promise.withResolvers<Found>();
    world.answer = () => promise;
    const waiting = world.find();
    world.cache.forget(() => true);
    world.holds(2);
    resolve({ id: "a", version: 1 });
    expect((await waiting)?.version).toBe(1);
    expect((await world.find())?.version).toBe(2);
  });

  it("during a load: who asks afterwards does not get what the old load brings", async () => {
    const world = new World();
    const { promise, resolve } = Promise.withResolvers<Found>();
    world.answer = () => promise;
    const before = world.find();
    world.cache.forget(() => true);
    world.holds(2);
    const after = world.find();
    resolve({ id: "a", version: 1 });
    expect([(await before)?.version, (await after)?.version]).toEqual([1, 2]);
    expect((await world.find())?.version).toBe(2);
    expect(world.loads).toBe(2);
  });

  it("during a load that then fails: the old copy does not come back", async () => {
    const world = new World();
    world.holds(1);
    await world.find();
    world.milliseconds += freshMilliseconds;
    const { promise, reject } = Promise.withResolvers<Found>();
    world.answer = () => promise;
    const waiting = world.find();
    world.cache.forget(() => true);
    reject(new Error("D1 does not answer"));
    await Promise.allSettled([waiting]);
    world.fails();
    await expect(world.find()).rejects.toThrow("D1 does not answer");
  });
});

it("the oldest copy makes room: memory does not grow beyond the capacity", async () => {
  const world = new World(3);
  for (const key of ["a", "b", "c", "d"]) {
    world.holds(1, key);
    await world.find(key);
  }
  expect(world.loads).toBe(4);
  for (const key of ["b", "c", "d"]) await world.find(key);
  expect(world.loads).toBe(4);
  await world.find("a");
  expect(world.loads).toBe(5);
});
