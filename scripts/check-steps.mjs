/** What `npm run check` looks at, step by step. A step gives a remark, or throws a sentence. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tool, toolEnvironment } from "./install.mjs";
import { root, run } from "./processes.mjs";
import { Sentence } from "./terminal.mjs";

/**
 * @typedef {{ name: string, remedy?: string, work: (folder: string) => Promise<string | undefined> }} Step
 * The folder is an empty one for what a step writes.
 */

/** @type {Step[]} */
export const steps = [
  {
    name: "lock file",
    remedy:
      '"npm install" brings package-lock.json in line with package.json. Builds for other machines that the registry does not have must stay in it.',
    work: async () => {
      // npm's own variables of this run must not change what it says.
      await passes("npm", ["ci", "--dry-run", "--ignore-scripts", "--no-audit", "--no-fund"]);
      return oneCopyEach(["workerd", "wrangler", "asn1js", "vite", "hono"]);
    },
  },
  {
    name: "format",
    remedy: '"npm run format" repairs it.',
    work: () => passes(tool("oxfmt"), ["--check", "."]),
  },
  {
    name: "types",
    work: async () => {
      await passes(tool("wrangler"), ["types"]);
      return passes(tool("tsc"), ["--pretty", "false"]);
    },
  },
  {
    name: "lint and house rules",
    work: () => passes(tool("oxlint"), ["--type-aware", "--deny-warnings"]),
  },
  { name: "dead code", work: () => passes(tool("knip"), ["--no-progress"]) },
  {
    name: "bundle",
    work: async (folder) => {
      const output = await said(tool("wrangler"), ["deploy", "--dry-run", "--outdir", folder]);
      return /Total Upload: (.+)/.exec(output)?.[1];
    },
  },
  {
    name: "start-up",
    work: async (folder) => {
      const profile = join(folder, "startup.cpuprofile");
      const output = await said(tool("wrangler"), ["check", "startup", "--outfile", profile]);
      return `active ${/Active: ([\d.]+ ms)/.exec(output)?.[1] ?? "?"} of 1 s allowed`;
    },
  },
];

async function passes(program, args) {
  await said(program, args);
  return undefined;
}

/** What a program says when it is content; its complaint becomes the sentence otherwise. */
async function said(program, args) {
  const { code, output } = await run(program, args, toolEnvironment({ NO_COLOR: "1" }));
  if (code !== 0) throw new Sentence(output.trim());
  return output;
}

/** Two copies of these break `instanceof`, or test another runtime than the one that is deployed. */
function oneCopyEach(names) {
  const lock = join(root, "package-lock.json");
  const paths = existsSync(lock)
    ? Object.keys(JSON.parse(readFileSync(lock, "utf8")).packages)
    : [];
  for (const name of names) {
    const copies = paths.filter((path) => path.endsWith(`node_modules/${name}`));
    if (copies.length > 1)
      throw new Sentence(`There is more than one ${name}: ${copies.join(", ")}`);
  }
  return undefined;
}
