/** What a Node suite knows of the server that `npm test` started for it: the contents of dev.json. */
import { readFileSync } from "node:fs";
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

declare module "vitest" {
  interface ProvidedContext {
    devJson: string;
  }
}
