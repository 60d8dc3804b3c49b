/** What a Node suite knows of the server that `npm test` started for it: the contents of dev.json. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inject } from "vitest";

export interface DemoConfiguration {
  name: string;
  kind: "simple" | "intune";
  url: string;
  challenge?: string;
}

export interface Demo {
  baseUrl: string;
  portalUrl: string;
  apiKey: string;
  tenant: { id: string; name: string };
  configurations: DemoConfiguration[];
}

/** The demo of the server under test, read afresh. */
export function demo(): Demo {
  return JSON.parse(readFileSync(inject("devJson"), "utf8")) as Demo;
}

/** One of its configurations; a missing name is a mistake in the test. */
export function demoConfiguration(name: string): DemoConfiguration {
  const found = demo().configurations.find((configuration) => configuration.name === name);
  if (found === undefined) throw new Error(`dev.json has no configuration "${name}".`);
  return found;
}

export interface FakeMicrosoft {
  readonly origin: string;
  /** What an administrator would copy from the Entra admin centre. */
  readonly entra: {
    readonly directoryId: string;
    readonly clientId: string;
    readonly secret: string;
  };
}

/** The fake of Microsoft's cloud beside that server. */
export function fakeMicrosoft(): FakeMicrosoft {
  const file = join(dirname(inject("devJson")), "fake-microsoft.json");
  const { port, tenants } = JSON.parse(readFileSync(file, "utf8")) as {
    port: number;
    tenants: [FakeMicrosoft["entra"]];
  };
  return { origin: `http://127.0.0.1:${port}`, entra: tenants[0] };
}

declare module "vitest" {
  interface ProvidedContext {
    devJson: string;
  }
}
