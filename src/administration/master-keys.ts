/**
 * MASTER_KEYS is rotated by putting a new version in front of the old one. The clock then wraps anew what is in D1, each
 * CA's object what is in it, and this tells when a version can be taken out.
 */
import { ok } from "../result.ts";
import type { OperatorAccess } from "./access.ts";
import type { Needs } from "./dependencies.ts";
import type { Outcome } from "./refusal.ts";

/** In one minute; each costs two operations of AES and one write. */
const rewrappedAtOnce = 50;

export interface MasterKeyState {
  readonly version: number;
  /** It is in the secret. One that is used and is not there must be put back. */
  readonly configured: boolean;
  /** New secrets are wrapped with it. */
  readonly current: boolean;
  /** How many things name it, by kind. */
  readonly uses: Readonly<Record<string, number>>;
  /** Nothing names it, and all CAs have said so: it can be taken out of the secret. */
  readonly removable: boolean;
}

export interface MasterKeyReport {
  readonly versions: readonly MasterKeyState[];
  /** CAs that have not said yet what they need. */
  readonly authoritiesUnheard: number;
}

export async function reportMasterKeys(
  {
    authorityDirectory,
    wrappedSecrets,
    keyWrapping,
  }: Needs<"authorityDirectory" | "wrappedSecrets" | "keyWrapping">,
  _access: OperatorAccess,
): Promise<Outcome<MasterKeyReport>> {
  const [uses, authorities] = await Promise.all([
    wrappedSecrets.countUses(),
    authorityDirectory.countKeyVersions(),
  ]);
  const all = [
    ...uses,
    ...authorities.versions.map((use) => ({ kind: "certificate-authority", ...use })),
  ];
  const versions = new Set([...keyWrapping.versions, ...all.map(({ version }) => version)]);
  return ok({
    authoritiesUnheard: authorities.unheard,
    versions: [...versions]
      .toSorted((one, other) => one - other)
      .map((version) => {
        const own = all.filter((use) => use.version === version);
        const current = version === keyWrapping.version;
        return {
          version,
          configured: keyWrapping.versions.includes(version),
          current,
          uses: Object.fromEntries(own.map(({ kind, count }) => [kind, count])),
          removable: !current && own.length === 0 && authorities.unheard === 0,
        };
      }),
  });
}

/** A bounded number, so that a tick of the clock stays short; the next one goes on. */
export async function rewrapSecrets({
  wrappedSecrets,
  keyWrapping,
  log,
}: Needs<"wrappedSecrets" | "keyWrapping" | "log">): Promise<void> {
  for (const secret of await wrappedSecrets.listOutdated(keyWrapping.version, rewrappedAtOnce)) {
    try {
      const wrapped = await keyWrapping.rewrap(secret.wrapped, secret.context);
      await wrappedSecrets.replace(secret, wrapped);
    } catch (error) {
      // Its version is missing from the secret: nothing is lost, and the others go on.
      log.fault(`${secret.context.kind} ${secret.context.id}`, error);
    }
  }
}
