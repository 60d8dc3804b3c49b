/**
 * Programs that are not ours: other people's SCEP clients and tools. A suite asks for what it needs;
 * when a program is missing the suite is skipped and named at the end of `npm test`, and with CI=true
 * it fails instead. For the Node suites only (interop, browser).
 */
import { accessSync, appendFileSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Program -> the Debian package that brings it. */
export const debianPackages = {
  scepclient: "scep",
  certmonger: "certmonger",
  getcert: "certmonger",
  "dbus-daemon": "dbus",
  "dbus-run-session": "dbus",
  pki: "strongswan-pki libstrongswan-extra-plugins",
  "libstrongswan-openssl.so": "libstrongswan-standard-plugins",
  openssl: "openssl",
  curl: "curl",
  certtool: "gnutls-bin",
  chromium: "chromium",
  ocsptool: "gnutls-bin",
  go: "golang-go",
} as const;

export type ForeignProgram = keyof typeof debianPackages;

/** Daemons, and what programs load, live in folders that are not on everybody's PATH. */
const folders = [
  ...(process.env.PATH ?? "").split(delimiter),
  "/usr/sbin",
  "/usr/lib/certmonger",
  "/usr/lib/ipsec/plugins",
];

/** The full path of a program, or undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** The full path of a program. Throws a sentence with the remedy when it is missing. */
export function foreignProgram(name: ForeignProgram): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(missingSentence(name));
  return path;
}

/**
 * For `describe.skipIf(missing("interop/certmonger", ["getcert", "certmonger"]))`: true when a program
 * is not there, after telling `npm test` what is not run and why. With CI=true a missing program throws.
 */
export function missing(suite: string, programs: readonly ForeignProgram[]): boolean {
  const absent = programs.filter((name) => findProgram(name) === undefined);
  if (absent.length === 0) return false;
  const why = absent.map(missingSentence).join("; ");
  if (process.env.CI === "true") throw new Error(`${suite} cannot run: ${why}`);
  // scripts/test.mjs sets this and prints the file at the end.
  const report = process.env.EDGE_SCEP_NOT_RUN;
  const line = `not run: ${suite} (${why})`;
  if (report === undefined) console.warn(line);
  else appendFileSync(report, `${line}\n`);
  return true;
}

function missingSentence(name: ForeignProgram): string {
  return `${name} is not installed: apt-get install ${debianPackages[name]}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, path.endsWith(".so") ? constants.R_OK : constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
