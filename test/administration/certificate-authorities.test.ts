/** CAs: roots, subordinates to any depth, and creations that died half way. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { accessTenant, permit, type TenantAccess } from "../../src/administration/access.ts";
import type { Actor } from "../../src/administration/actor.ts";
import { createCertificateAuthority } from "../../src/administration/authority-creation.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import {
  formatDistinguishedName,
  readDistinguishedName,
} from "../../src/pki/distinguished-name.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import { createTestTenant, dependencies, stores } from "../support/api.ts";

let access: TenantAccess<"authority.manage">;
let operatorAccess: TenantAccess<"authority.manage">;

beforeEach(async () => {
  const { id } = await createTestTenant();
  const administrator = { tenantId: id, role: "tenant-administrator" } as const;
  access = await accessOf(
    { kind: "api-key", id: "k", rank: "tenant", memberships: [administrator] },
    id,
  );
  operatorAccess = await accessOf({ kind: "api-key", id: "operator", rank: "operator" }, id);
});

async function accessOf(actor: Actor, tenantId: string) {
  const own = await accessTenant(stores, actor, tenantId);
  const granted = own.ok ? permit(own.value, "authority.manage") : own;
  if (!granted.ok) throw new Error("no access to a tenant of one's own");
  return granted.value;
}

async function create(name: string, more: object = {}, as = access) {
  const input = { name, subject: `CN=${name},O=Test`, keyAlgorithm: "P-256" as const, ...more };
  return createCertificateAuthority(dependencies, as, input);
}

async function mustCreate(name: string, more: object = {}, as = access) {
  const created = await create(name, more, as);
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  return created.value;
}

it("a chain of four: each is certified by the one above, and none outlives it", async () => {
  let parent = await mustCreate("level 0", { validityYears: 5 });
  for (const name of ["level 1", "level 2", "level 3"]) {
    const child = await mustCreate(name, { parent: parent.id });
    const [upper, lower] = [parent, child].map(({ certificate }) =>
      parseCertificate(certificate?.der ?? new Uint8Array()),
    );
    expect(lower?.issuerDer).toEqual(upper?.subjectDer);
    expect(
      formatDistinguishedName(
        readDistinguishedName(readDer(lower?.subjectDer ?? new Uint8Array())),
      ),
    ).toBe(`CN=${name},O=Test`);
    expect(lower?.notAfter.getTime()).toBeLessThanOrEqual(upper?.notAfter.getTime() ?? 0);
    expect(child.certificate?.notAfter).toEqual(lower?.notAfter);
    parent = child;
  }
  const stored = await stores.authorityDirectory.findAuthority(access.tenantId, "level 3");
  expect(stored).toEqual({ ...parent, createdAt: expect.any(Date) });
});

it("a creation that died after any step is finished by asking again, with the same key", async () => {
  const root = await mustCreate("root");
  const certified = await mustCreate("issuing", { parent: "root" });
  const before = certified.certificate?.der;
  // As if it had died before the last step: the objects are done, the directory does not know.
  await env.DB.prepare(
    "update certificate_authorities set state = 'creating', certificate_der = null, not_after = null where id = ?",
  )
    .bind(certified.id)
    .run();
  const resumed = await mustCreate("issuing", { parent: "root" });
  expect(resumed.id).toBe(certified.id);
  expect(resumed.certificate?.der).toEqual(before);

  // As if it had died right after the row was made.
  const id = crypto.randomUUID();
  const event = {
    id: crypto.randomUUID(),
    at: new Date(),
    actor: { kind: "api-key", id: "key" },
    action: "x",
    targetId: id,
    details: {},
  } as const;
  const { certificate: _, ...entry } = {
    ...certified,
    id,
    name: "early",
    subject: "CN=early,O=Test",
    state: "creating" as const,
  };
  expect(await stores.authorityDirectory.createAuthority(entry, event)).toBe(true);
  const early = await mustCreate("early", { parent: root.id });
  expect([early.id, early.state]).toEqual([id, "ready"]);
});

it("a name is taken once the CA is ready, or while another wish is being worked on", async () => {
  await mustCreate("taken");
  expect(await create("taken")).toMatchObject({ ok: false, error: { reason: "conflict" } });
  await env.DB.prepare(
    "update certificate_authorities set state = 'creating' where name = 'taken' and tenant_id = ?",
  )
    .bind(access.tenantId)
    .run();
  expect(await create("taken", { keyAlgorithm: "P-384" })).toMatchObject({
    ok: false,
    error: { reason: "conflict" },
  });
});

it("five requests at once for one name make one CA", async () => {
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => create("raced")));
  const ids = new Set(outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value.id] : [])));
  expect(ids.size).toBe(1);
});

it("a shared CA is an operator's to make, and everybody's to use", async () => {
  expect(await create("shared root", { shared: true })).toMatchObject({
    ok: false,
    error: { reason: "forbidden" },
  });
  const name = `shared ${crypto.randomUUID()}`;
  const shared = await mustCreate(name, { shared: true }, operatorAccess);
  expect(shared.tenantId).toBeUndefined();
  expect(await stores.authorityDirectory.findAuthority(access.tenantId, name)).toMatchObject({
    id: shared.id,
  });
  // A tenant may use it, not extend it.
  expect(await create("below", { parent: shared.id })).toMatchObject({
    ok: false,
    error: { reason: "forbidden" },
  });
  const own = await mustCreate("own", {}, operatorAccess);
  expect(await create("s2", { shared: true, parent: own.id }, operatorAccess)).toMatchObject({
    ok: false,
    error: { field: "parent" },
  });
});

it.each([
  ["no subject", { subject: "" }, "subject"],
  ["a subject that is none", { subject: "nonsense" }, "subject"],
  ["an invisible character", { subject: "CN=a‮b" }, "subject"],
  ["a parent that does not exist", { parent: "none" }, "parent"],
])("%s is refused, and leaves no row", async (_name, more, field) => {
  expect(await create("refused", more)).toMatchObject({
    ok: false,
    error: { reason: "invalid", field },
  });
  expect(await stores.authorityDirectory.findAuthority(access.tenantId, "refused")).toBeUndefined();
});
