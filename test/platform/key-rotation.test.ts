/** A rotation of MASTER_KEYS, in the object and in D1: interrupted anywhere, it goes on; a key that does not open is told. */
import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { reportMasterKeys, rewrapSecrets } from "../../src/administration/master-keys.ts";
import { keepUp } from "../../src/administration/upkeep.ts";
import { accessAsOperator } from "../../src/administration/access.ts";
import { CertificateAuthority } from "../../src/platform/certificate-authority-object.ts";
import { createKeyWrapping } from "../../src/platform/key-wrapping.ts";
import { readEnvironment } from "../../src/env.ts";
import type { KeyWrapping } from "../../src/ports/key-wrapping.ts";
import { createConfiguration, createReadyTenant, dependencies, stores } from "../support/api.ts";
import {
  createRoot,
  expectIssuedBy,
  inObject,
  issued,
  issueRequest,
  rowsOf,
  type TestAuthority,
} from "../support/authorities.ts";

const fresh = `9:${btoa("0123456789abcdef0123456789abcdef")}`;
const both = `${fresh} ${env.MASTER_KEYS}`;
const wrappingOf = (secret: string): KeyWrapping =>
  createKeyWrapping(readEnvironment({ ...env, MASTER_KEYS: secret }).masterKeys);
const before = wrappingOf(env.MASTER_KEYS ?? "");
const after = wrappingOf(both);

describe("in a CA's object", () => {
  let root: TestAuthority;
  beforeEach(async () => {
    root = await createRoot();
  });

  /** The same class over the same storage, as a deployment with this secret has it. */
  const redeployed = <Answer>(
    secret: string,
    use: (authority: CertificateAuthority) => Promise<Answer>,
  ): Promise<Answer> =>
    inObject(root.id, (_, state) =>
      use(new CertificateAuthority(state, { ...env, MASTER_KEYS: secret })),
    );
  const versions = async (): Promise<unknown[]> =>
    (
      await rowsOf(
        root.id,
        `SELECT hex(substr(wrapped_key, 1, 1)) AS version FROM authority
         UNION ALL SELECT hex(substr(wrapped_reply_key, 1, 1)) FROM enrolment_requests WHERE wrapped_reply_key IS NOT NULL`,
      )
    ).map(({ version }) => version);

  const waiting = async (transactionID: string, wrapped?: Uint8Array): Promise<void> => {
    const context = {
      tenant: root.tenantId,
      kind: "reply-key",
      id: `configuration/${transactionID}`,
    } as const;
    const wrappedReplyKey = wrapped ?? (await before.wrap(Uint8Array.of(1, 2, 3), context));
    const authorisation = { kind: "approval" } as const;
    await root.client.issue(await issueRequest({ transactionID, authorisation, wrappedReplyKey }));
  };

  it("its key and waiting reply keys are wrapped anew, a few at a time, and open with the new version alone", async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `waits-${index}`);
    for (const id of ids) await waiting(id);
    expect(new Set(await versions())).toEqual(new Set(["01"]));
    expect((await redeployed(both, (authority) => authority.wake())).keyVersions).toEqual([1, 9]);
    const half = await versions();
    expect([half[0], half.filter((version) => version === "09").length]).toEqual(["09", 21]);
    // The old secret still reads what is left, and the new one what was done: it is interrupted here.
    await abortAllDurableObjects();
    expect((await redeployed(both, (authority) => authority.wake())).keyVersions).toEqual([9]);
    expect(new Set(await versions())).toEqual(new Set(["09"]));
    const [row] = await rowsOf(
      root.id,
      "SELECT wrapped_reply_key AS key FROM enrolment_requests WHERE transaction_id = 'waits-3'",
    );
    const key = row?.["key"];
    if (!(key instanceof ArrayBuffer)) throw new Error("no key");
    const context = {
      tenant: root.tenantId,
      kind: "reply-key",
      id: "configuration/waits-3",
    } as const;
    expect(await wrappingOf(fresh).unwrap(new Uint8Array(key), context)).toEqual(
      Uint8Array.of(1, 2, 3),
    );
    const request = await issueRequest();
    const { certificateDer } = await issued(
      redeployed(fresh, (authority) => authority.issue(request)),
    );
    await expectIssuedBy(certificateDer, root.certificateDer);
  });

  it("45 a reply key that does not open keeps no other one waiting", async () => {
    await waiting("broken", Uint8Array.of(1, ...new Uint8Array(40)));
    await waiting("good");
    for (let tick = 0; tick < 8; tick++) await redeployed(both, (authority) => authority.wake());
    const rows = await rowsOf(
      root.id,
      "SELECT transaction_id AS id, hex(substr(wrapped_reply_key, 1, 1)) AS version FROM enrolment_requests ORDER BY id",
    );
    expect(rows).toEqual([
      { id: "broken", version: "01" },
      { id: "good", version: "09" },
    ]);
  });

  it("(c) a key that does not open is told once, with its version; the right secret is all that it takes", async () => {
    const trouble = () =>
      redeployed(fresh, async (authority) => {
        await authority.wake();
        await authority.wake();
        return await authority.readOutbox(10);
      });
    const told = (await trouble()).filter(({ event }) => event === "key-trouble");
    expect(told).toMatchObject([
      {
        subject: root.id,
        details: { masterKeyVersion: 1, remedy: expect.stringMatching(/version 1/) },
      },
    ]);
    expect((await trouble()).filter(({ event }) => event === "key-trouble")).toHaveLength(1);
    await abortAllDurableObjects();
    await root.client.wake();
    await issued(root.client.issue(await issueRequest()));
    // It is over, so the next time is news again.
    expect((await trouble()).filter(({ event }) => event === "key-trouble")).toHaveLength(2);
  });
});

describe("in D1", () => {
  /** As often as the clock has to ring until nothing names another version. */
  async function rewrapAll(rotated: typeof dependencies, version: number): Promise<void> {
    for (let tick = 0; tick < 20; tick++) {
      await rewrapSecrets(rotated);
      if ((await stores.wrappedSecrets.listOutdated(version, 1)).length === 0) return;
    }
    throw new Error("the rotation does not end");
  }

  it("agents are wrapped anew within their bound, others' changes are not overwritten, and the report says when it is over", async () => {
    const tenant = await createReadyTenant();
    await createConfiguration(tenant, "second");
    const operator = accessAsOperator(
      { kind: "api-key", id: "x", rank: "operator" },
      "deployment.read",
    );
    if (!operator.ok) throw new Error("no operator");
    const rotated = { ...dependencies, keyWrapping: after };
    const report = async () => {
      const told = await reportMasterKeys(rotated, operator.value);
      if (!told.ok) throw new Error("no report");
      return told.value;
    };
    const of = async (version: number) =>
      (await report()).versions.find((state) => state.version === version);
    await keepUp(dependencies);
    expect((await report()).authoritiesUnheard).toBe(0);
    const atFirst = await of(1);
    expect(atFirst).toMatchObject({ configured: true, current: false, removable: false });
    expect(atFirst?.uses["enrolment-agent-key"]).toBeGreaterThanOrEqual(2);
    expect(atFirst?.uses["certificate-authority"]).toBeGreaterThanOrEqual(1);
    expect(await of(9)).toMatchObject({ configured: true, current: true, uses: {} });

    const [first] = await stores.wrappedSecrets.listOutdated(9, 1);
    if (!first) throw new Error("nothing is outdated");
    const wrapped = await after.rewrap(first.wrapped, first.context);
    expect(await stores.wrappedSecrets.replace(first, wrapped)).toBe(true);
    expect(await stores.wrappedSecrets.replace(first, wrapped)).toBe(false);
    await rewrapAll(rotated, 9);
    expect(Object.keys((await of(1))?.uses ?? {})).toEqual(["certificate-authority"]);
    const served = await stores.enrolmentConfigurations.findEnrolmentConfiguration(
      "simple",
      tenant.id,
      "second",
    );
    const [agent] = served?.agents ?? [];
    if (!agent) throw new Error("no agent");
    const context = { tenant: tenant.id, kind: "enrolment-agent-key", id: agent.id } as const;
    expect((await wrappingOf(fresh).unwrap(agent.wrappedKey, context)).length).toBeGreaterThan(500);

    // The CAs say that they need the old version no more: then, and not before, it can go.
    const { items } = await stores.authorityDirectory.listAllAuthorityIds({ limit: 100 });
    for (const { id } of items) await stores.authorityDirectory.noteKeyVersions(id, [9]);
    expect(await of(1)).toMatchObject({ removable: true, uses: {} });
    // Back again, for the suites that come after.
    await rewrapAll({ ...dependencies, keyWrapping: wrappingOf(`${env.MASTER_KEYS} ${fresh}`) }, 1);
    await keepUp(dependencies);
    expect((await of(9))?.uses).toEqual({});
  });

  it("44 a row of which the version is missing is left alone and named", async () => {
    await createReadyTenant();
    const faults: string[] = [];
    const log = { ...dependencies.log, fault: (id: string) => void faults.push(id) };
    await rewrapSecrets({ ...dependencies, keyWrapping: wrappingOf(fresh), log });
    expect(faults.some((id) => id.startsWith("enrolment-agent-key "))).toBe(true);
    const uses = await stores.wrappedSecrets.countUses();
    expect(uses.some(({ version }) => version === 1)).toBe(true);
  });
});
