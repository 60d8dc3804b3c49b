/** Threat 60, a dependency replaced: what the lock file must say of every package. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly license?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}
interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
  lockfileVersion: number;
  packages: Record<string, LockedPackage>;
};
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const packages = Object.entries(lock.packages).filter(([path]) => path !== "");
/**
 * npm leaves binaries of development tools for other systems unhashed when it has never seen them. Nothing that
 * is deployed, and nothing that a Debian machine installs (x64 or arm64, glibc), may be among them.
 */
const forDebian = ({ os = ["linux"], cpu = ["x64"], libc = ["glibc"] }: LockedPackage): boolean =>
  os.includes("linux") && libc.includes("glibc") && (cpu.includes("x64") || cpu.includes("arm64"));
const installable = packages.filter(
  ([, one]) => one.dev !== true || one.optional !== true || forDebian(one),
);
const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

it("threat 60: every package is locked by version and by a SHA-512 of its contents", () => {
  expect(installable.length).toBeGreaterThan(150);
  const unlocked = installable.filter(
    ([, one]) =>
      one.link === true ||
      one.version === undefined ||
      !(one.integrity ?? "").startsWith("sha512-"),
  );
  expect(unlocked.map(([path]) => path)).toEqual([]);
});

it("threat 60: no package comes from a repository, an archive or a folder", () => {
  const elsewhere = packages.filter(
    ([, { resolved }]) => resolved !== undefined && !resolved.startsWith("https:"),
  );
  expect(elsewhere.map(([path]) => path)).toEqual([]);
});

it("threat 60: direct dependencies are pinned to one version", () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const loose = Object.entries({
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
  }).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  expect(loose).toEqual([]);
});

it("threat 60: install scripts run for named packages only", () => {
  const scripted = new Set(
    packages.filter(([, one]) => one.hasInstallScript === true).map(([path]) => nameOf(path)),
  );
  const undecided = [...scripted].filter((name) => !(name in manifest.allowScripts));
  // fsevents is for macOS, where npm runs none of its scripts without being told to.
  expect(undecided.filter((name) => name !== "fsevents")).toEqual([]);
});

it("threat 60: licences are those that an Apache-2.0 product may carry", () => {
  const permissive =
    /\b(MIT|MIT-0|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|CC0-1\.0|Unlicense|BlueOak-1\.0\.0|Python-2\.0|CC-BY-4\.0|MPL-2\.0|LGPL-3\.0-or-later)\b/;
  const others = installable.filter(([, { license }]) => !permissive.test(license ?? ""));
  expect(others.map(([path, { license }]) => `${nameOf(path)}: ${license}`)).toEqual([]);
});
