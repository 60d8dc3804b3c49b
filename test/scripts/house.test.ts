/**
 * The floors and rooms of docs/architecture.md, held against the linter: for every room a file is written
 * that imports from every other, and the linter must refuse exactly those that the table does not allow.
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Room -> the rooms it may know. */
const lower = ["pki", "scep", "ca"];
const mayKnow: Record<string, readonly string[]> = {
  pki: [],
  scep: ["pki", "result"],
  ca: ["pki", "result"],
  ports: [...lower, "result"],
  enrolment: [...lower, "ports", "result"],
  administration: [...lower, "ports", "result"],
  publication: [...lower, "ports", "result"],
  storage: [...lower, "ports", "result", "env"],
  intune: [...lower, "ports", "result", "env"],
  mail: [...lower, "ports", "result", "env"],
  platform: [...lower, "ports", "result", "env"],
  http: [...lower, "ports", "enrolment", "administration", "publication", "result", "env"],
};
const rooms = Object.keys(mayKnow);
const singleFiles = ["result", "env", "index"];

/** Package -> the rooms it may be imported in. */
const packages: Record<string, readonly string[]> = {
  hono: ["http", "mail"],
  "hono/jsx": ["http", "mail"],
  "@hono/zod-openapi": ["http", "mail"],
  "drizzle-orm": ["storage"],
  "drizzle-orm/d1": ["storage"],
  "cloudflare:workers": ["platform"],
  jose: ["intune", "http"],
  zod: ["http"],
};

const pathOf = (target: string) => (rooms.includes(target) ? `${target}/probe.ts` : `${target}.ts`);

/** What a file of a room in turn imports, one line each, at two depths and as types too. */
function probes(room: string): { file: string; line: string; allowed: boolean }[] {
  const targets = [...rooms, ...singleFiles].filter((target) => target !== room);
  const known = mayKnow[room] ?? [];
  const ours = targets.flatMap((target) =>
    [
      [`${room}/probe.ts`, `import { a } from "../${pathOf(target)}";`],
      [`${room}/probe.ts`, `import type { A } from "../${pathOf(target)}";`],
      [`${room}/probe.ts`, `export * from "../${pathOf(target)}";`],
      [`${room}/deeper/probe.ts`, `import { a } from "../../${pathOf(target)}";`],
    ].map(([file = "", line = ""]) => ({ file, line, allowed: known.includes(target) })),
  );
  const foreign = Object.entries(packages).map(([name, where]) => ({
    file: `${room}/probe.ts`,
    line: `import { a } from "${name}";`,
    allowed: where.includes(room),
  }));
  return [...ours, ...foreign];
}

interface Diagnostic {
  code: string;
  filename: string;
}

describe("the linter keeps the house in order", () => {
  let folder = "";
  let refused = new Set<string>();
  const cases = rooms.flatMap(probes);
  const nameOf = (index: number) => (cases[index]?.file ?? "").replace(/probe\.ts$/, `${index}.ts`);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "edge-scep-house-"));
    copyFileSync(".oxlintrc.json", join(folder, ".oxlintrc.json"));
    for (const [index, { line }] of cases.entries()) {
      const file = join(folder, "src", nameOf(index));
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, `${line}\n`);
    }
    refused = new Set(
      lint(folder)
        .filter(({ code }) => code.includes("no-restricted-imports"))
        .map(({ filename }) => filename.replace(/^.*src\//, "")),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(rooms)("%s imports what it may know and nothing else", (room) => {
    const wrong = cases.flatMap(({ line, allowed }, index) =>
      nameOf(index).startsWith(`${room}/`) && refused.has(nameOf(index)) === allowed
        ? [`${line} ${allowed ? "is refused" : "is let through"}`]
        : [],
    );
    expect(wrong).toEqual([]);
  });

  it("refuses cycles, any, non-null assertions, floating promises and idle suppressions", () => {
    const bad = mkdtempSync(join(tmpdir(), "edge-scep-lint-"));
    try {
      copyFileSync(".oxlintrc.json", join(bad, ".oxlintrc.json"));
      writeFileSync(join(bad, "tsconfig.json"), `{ "compilerOptions": { "strict": true } }`);
      mkdirSync(join(bad, "src/pki"), { recursive: true });
      writeFileSync(
        join(bad, "src/pki/one.ts"),
        `import { b } from "./two";\nexport const a = b;\n`,
      );
      writeFileSync(
        join(bad, "src/pki/two.ts"),
        `import { a } from "./one";\nexport const b = () => a;\n`,
      );
      writeFileSync(
        join(bad, "src/pki/three.ts"),
        [
          "export default function f(x: any, y?: string) {",
          "  // oxlint-disable-next-line no-var",
          "  const z = y!.length;",
          "  Promise.resolve(x);",
          "  return z;",
          "}",
        ].join("\n"),
      );
      const codes = lint(bad, ["--type-aware"]).map(({ code }) => code);
      const found = codes.join("\n");
      for (const rule of [
        "no-cycle",
        "no-explicit-any",
        "no-non-null-assertion",
        "no-floating-promises",
        "no-default-export",
      ]) {
        expect(found).toContain(rule);
      }
      expect(codes.filter((code) => code === "" || code.includes("unused"))).not.toEqual([]);
    } finally {
      rmSync(bad, { recursive: true, force: true });
    }
  });

  it("knows every folder under src", () => {
    const folders = readdirSync("src", { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(rooms).toEqual(expect.arrayContaining(folders.map(({ name }) => name)));
  });

  it("lets no route reach a use case that does not name its permission", () => {
    const inFolder = (folder: string) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => /\.tsx?$/.test(name))
        .map((name) => readFileSync(join(folder, name), "utf8"));
    // An access without a permission is for the helpers of use cases.
    const unnamed = inFolder("src/administration").flatMap((source) =>
      // The parameters are on the lines up to the next that is not indented.
      source.split(/^(?=\S)/m).flatMap((part) => {
        const [, name] = /^export (?:async function|const) (\w+)\b/.exec(part) ?? [];
        return name !== undefined && /\baccess: TenantAccess(?:,| \|)/.test(part) ? [name] : [];
      }),
    );
    expect(unnamed.length).toBeGreaterThan(3);
    const used = inFolder("src/http").flatMap((source) =>
      [...source.matchAll(/import \{([^}]*)\} from "[./]+administration\/[^"]+"/g)].flatMap(
        ([, names = ""]) => names.split(",").map((name) => name.replace("type ", "").trim()),
      ),
    );
    // These two are the ones that look at permissions.
    expect(
      unnamed.filter((name) => used.includes(name) && !["permit", "allows"].includes(name)),
    ).toEqual([]);
  });

  it("cannot be walked around with a dynamic import", () => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.tsx?$/.test(name),
    );
    const dynamic = files.filter((name) =>
      /\bimport\(/.test(readFileSync(join("src", name), "utf8")),
    );
    expect(dynamic).toEqual([]);
  });
});

function lint(folder: string, options: string[] = []): Diagnostic[] {
  const args = [...options, "--format=json", "--config=.oxlintrc.json", "src"];
  const program = join(process.cwd(), "node_modules/.bin/oxlint");
  let output: string;
  try {
    output = execFileSync(program, args, {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 100_000_000,
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    output = String((error as { stdout?: unknown }).stdout);
  }
  return (JSON.parse(output) as { diagnostics: Partial<Diagnostic>[] }).diagnostics.map(
    ({ code = "", filename = "" }) => ({ code, filename }),
  );
}
