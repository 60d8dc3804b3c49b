/** Runs one foreign program to its end, in a folder of its own that is thrown away. For the Node suites only. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ForeignProgram, foreignProgram } from "./foreign-programs.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Everything it said, for failure messages. */
  readonly said: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds?: number;
}

export function run(
  program: ForeignProgram,
  programArguments: readonly string[],
  { cwd, env = {}, timeoutMilliseconds = 60_000 }: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(foreignProgram(program), programArguments, {
      ...(cwd === undefined ? {} : { cwd }),
      // Messages are compared, so they have to be in one language.
      env: { ...process.env, LC_ALL: "C", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMilliseconds,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code: code ?? -1, stdout, stderr, said: `${stdout}\n${stderr}` });
    });
  });
}

/** As `run`, for steps that have to work: throws with everything the program said. */
export async function runWell(
  program: ForeignProgram,
  programArguments: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const outcome = await run(program, programArguments, options);
  if (outcome.code !== 0) {
    throw new Error(
      `${program} ${programArguments.join(" ")}: exit ${outcome.code}\n${outcome.said}`,
    );
  }
  return outcome;
}

export interface TemporaryFolder {
  readonly path: string;
  readonly file: (name: string) => string;
  readonly remove: () => void;
}

export function temporaryFolder(purpose: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `edge-scep-${purpose}-`));
  return {
    path,
    file: (name) => join(path, name),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
