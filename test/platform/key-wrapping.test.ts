/** MASTER_KEYS: what is stored opens with its own version, in its own row, of its own tenant, and in no other way. */
import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { MasterKey } from "../../src/env.ts";
import { toBase64 } from "../../src/pki/bytes.ts";
import { CertificateAuthority } from "../../src/platform/certificate-authority-object.ts";
import { createKeyWrapping } from "../../src/platform/key-wrapping.ts";
import type { WrappingContext } from "../../src/ports/key-wrapping.ts";
import {
  createRoot,
  expectIssuedBy,
  inObject,
  issued,
  issueRequest,
  type TestAuthority,
} from "../support/authorities.ts";

const masterKey = (version: number): MasterKey => ({
  version,
  octets: crypto.getRandomValues(new Uint8Array(32)),
});
const secret = new TextEncoder().encode("the private key");
const context: WrappingContext = { tenant: "a", kind: "certificate-authority-key", id: "1" };

describe("wrapping", () => {
  it("what is wrapped opens again in its own context", async () => {
    const wrapping = createKeyWrapping([masterKey(7)]);
    const wrapped = await wrapping.wrap(secret, context);
    expect(wrapped[0]).toBe(7);
    expect(await wrapping.unwrap(wrapped, context)).toEqual(secret);
  });

  it("two wrappings of one secret have nothing in common but the version", async () => {
    const wrapping = createKeyWrapping([masterKey(1)]);
    const [one, other] = [
      await wrapping.wrap(secret, context),
      await wrapping.wrap(secret, context),
    ];
    expect(one.slice(1, 13)).not.toEqual(other.slice(1, 13));
    expect(one.slice(13)).not.toEqual(other.slice(13));
  });

  it.each<[string, Partial<WrappingContext>]>([
    ["another tenant", { tenant: "b" }],
    ["another row", { id: "2" }],
    ["another kind", { kind: "enrolment-agent-key" }],
    ["the deployment", { tenant: "shared" }],
    ["a context that is spelled alike when its parts are joined", { tenant: "a1", id: "" }],
    [
      "a context with the border between its parts inside a part",
      { tenant: 'a","certificate-authority-key', id: "" },
    ],
  ])("moved to %s it does not open", async (_, changes) => {
    const wrapping = createKeyWrapping([masterKey(1)]);
    const wrapped = await wrapping.wrap(secret, context);
    await expect(wrapping.unwrap(wrapped, { ...context, ...changes })).rejects.toThrow(
      /does not open with MASTER_KEYS version 1/,
    );
  });

  it("no octet of it may change", async () => {
    const wrapping = createKeyWrapping([masterKey(1)]);
    const wrapped = await wrapping.wrap(secret, context);
    for (let index = 0; index < wrapped.length; index++) {
      const altered = wrapped.slice();
      altered[index] = (altered[index] ?? 0) ^ 1;
      await expect(wrapping.unwrap(altered, context)).rejects.toThrow(/MASTER_KEYS/);
      await expect(wrapping.unwrap(wrapped.slice(0, index), context)).rejects.toThrow(
        /MASTER_KEYS/,
      );
    }
  });

  it("while keys are rotated both versions are read, and the first one writes", async () => {
    const [old, fresh] = [masterKey(1), masterKey(2)];
    const before = await createKeyWrapping([old]).wrap(secret, context);
    const rotated = createKeyWrapping([fresh, old]);
    expect(await rotated.unwrap(before, context)).toEqual(secret);
    const after = await rotated.wrap(secret, context);
    expect([before[0], after[0]]).toEqual([1, 2]);
    expect(await createKeyWrapping([fresh]).unwrap(after, context)).toEqual(secret);
  });

  it("a version that is missing is named, so that it can be put back", async () => {
    const old = masterKey(3);
    const wrapped = await createKeyWrapping([old]).wrap(secret, context);
    await expect(createKeyWrapping([masterKey(4)]).unwrap(wrapped, context)).rejects.toThrow(
      /MASTER_KEYS has no version 3/,
    );
  });

  it("another key under the same version does not open, and the fault shows no key", async () => {
    const [one, other] = [masterKey(5), masterKey(5)];
    const wrapped = await createKeyWrapping([one]).wrap(secret, context);
    const failure: unknown = await createKeyWrapping([other])
      .unwrap(wrapped, context)
      .catch((error: unknown) => error);
    if (!(failure instanceof Error)) throw new Error("it opened");
    expect(failure.message).toMatch(/version 5/);
    expect(failure.message).not.toContain(toBase64(other.octets));
    expect(failure.message).not.toContain(new TextDecoder().decode(secret));
  });
});

describe("a CA whose deployment has other MASTER_KEYS", () => {
  let root: TestAuthority;
  beforeEach(async () => {
    root = await createRoot();
  });

  const spell = ({ version, octets }: MasterKey): string => `${version}:${toBase64(octets)}`;

  /** What a deployment with this secret would do: the same class over the same storage. */
  const issueWith = async (masterKeys: string, request = issueRequest()) => {
    const asked = await request;
    return await inObject(root.id, async (_, state) => {
      const redeployed = new CertificateAuthority(state, { ...env, MASTER_KEYS: masterKeys });
      return await redeployed.issue(asked).then(
        (answer) => ({ answer, fault: undefined }),
        (error: unknown) => ({ answer: undefined, fault: String(error) }),
      );
    });
  };

  it("issues nothing and says which version is missing; putting it back is all it takes", async () => {
    const { fault } = await issueWith(spell(masterKey(2)));
    expect(fault).toMatch(/MASTER_KEYS has no version 1/);
    const { certificateDer } = await issued(root.client.issue(await issueRequest()));
    await expectIssuedBy(certificateDer, root.certificateDer);
  });

  it("issues nothing under a wrong secret, makes no new key, and works again with the right one", async () => {
    const request = issueRequest();
    const { fault } = await issueWith(spell(masterKey(1)), request);
    expect(fault).toMatch(/does not open with MASTER_KEYS version 1/);
    await abortAllDurableObjects();
    const { certificateDer } = await issued(root.client.issue(await request));
    await expectIssuedBy(certificateDer, root.certificateDer);
  });

  it("goes on after a rotation that keeps the old version", async () => {
    const { answer, fault } = await issueWith(`${spell(masterKey(9))} ${env.MASTER_KEYS}`);
    if (!answer) throw new Error(fault);
    const { certificateDer } = await issued(Promise.resolve(answer));
    await expectIssuedBy(certificateDer, root.certificateDer);
  });

  it("does not use a key that was copied out of another CA's row", async () => {
    const other = await createRoot();
    const stolen = await inObject(other.id, (_, { storage }) =>
      storage.sql.exec<{ key: ArrayBuffer }>("SELECT wrapped_key AS key FROM authority").one(),
    );
    await inObject(
      root.id,
      (_, { storage }) => void storage.sql.exec("UPDATE authority SET wrapped_key = ?", stolen.key),
    );
    await abortAllDurableObjects();
    const request = await issueRequest();
    await expect(root.client.issue(request)).rejects.toThrow(/the row was moved or altered/);
  });
});
