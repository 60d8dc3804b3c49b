/** The fake in the place of the network, for suites in workerd: the Worker under test shares their global fetch. */
import { afterAll, beforeAll, expect } from "vitest";
import { FakeMicrosoft, type FakeOptions } from "./index.ts";

/** For a whole file; what a lawful server never does fails the file's last hook. */
export function useFakeMicrosoft(options: FakeOptions = {}): FakeMicrosoft {
  const fake = new FakeMicrosoft(options);
  const network = globalThis.fetch;
  beforeAll(() => {
    globalThis.fetch = (input, init) => fake.fetch(new Request(input, init));
  });
  afterAll(() => {
    globalThis.fetch = network;
    expect(fake.violations).toEqual([]);
    expect(fake.strangers.filter(({ headers }) => "authorization" in headers)).toEqual([]);
  });
  return fake;
}
