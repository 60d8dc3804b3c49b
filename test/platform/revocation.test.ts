/** Revocation in the CA's object: what holds, what is never undone, who hears of it, and what a device can do afterwards. */
import { evictDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { asText } from "../../src/platform/sql-values.ts";
import type { IssueRequest } from "../../src/ports/certificate-issuing.ts";
import {
  type RevocationReason,
  revocationReasons,
} from "../../src/ports/certificate-revocation.ts";
import {
  createRoot,
  createSubordinate,
  expectOk,
  inObject,
  issued,
  issueRequest,
  rowsOf,
  stubOf,
  type TestAuthority,
} from "../support/authorities.ts";

const by = "api-key:tests";
const start = Date.UTC(2027, 0, 10);
let root: TestAuthority;

const at = (seconds: number): void => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(start + seconds * 1000);
};

beforeAll(async () => {
  at(0);
  root = await createRoot();
});
beforeEach(() => {
  at(0);
});
afterEach(() => {
  vi.useRealTimers();
});

const issue = async (changes: Partial<IssueRequest> = {}): Promise<string> =>
  (await issued(root.client.issue(await issueRequest(changes)))).serialNumberHex;

const revoke = async (serialNumberHex: string, reason: RevocationReason = "keyCompromise") =>
  await root.client.revoke({ serialNumberHex, reason, by });
const release = async (serialNumberHex: string) =>
  await root.client.release({ serialNumberHex, by });
const statusOf = async (serialNumberHex: string) =>
  (await root.client.certificateStatuses([serialNumberHex]))[0];

const facts = (table: "journal" | "outbox", serial: string): Promise<string[]> =>
  rowsOf(root.id, `SELECT event FROM ${table} WHERE subject = ? ORDER BY id`, serial).then((rows) =>
    rows.map(({ event }) => asText(event)),
  );

describe("revoking", () => {
  it("holds for every reason of RFC 5280, and is told to readers, to the journal and to the outbox", async () => {
    for (const reason of revocationReasons) {
      const serial = await issue({ transactionID: `reason ${reason}` });
      const revocation = { at: new Date(start), reason };
      const status = reason === "certificateHold" ? "on-hold" : "revoked";
      expect(expectOk(await revoke(serial, reason))).toMatchObject({ status, revocation });
      expect(await root.client.findCertificate(serial)).toMatchObject({ status, revocation });
      const { items } = await root.client.searchCertificates({ text: serial, limit: 1 });
      expect(items[0]).toMatchObject({ status, revocation });
      expect(await statusOf(serial)).toEqual({
        status: "revoked",
        revokedAt: revocation.at,
        reason,
      });
      expect(await facts("journal", serial)).toEqual(["certificate-revoked"]);
    }
    const told = await root.client.readOutbox(100);
    expect(told.map(({ details }) => details["reason"])).toEqual([...revocationReasons]);
    expect(told[1]).toMatchObject({
      event: "certificate-revoked",
      details: {
        ...{ by, subject: "CN=device,O=Demo", configurationId: "configuration" },
        transactionID: "reason keyCompromise",
      },
    });
  });

  it("again, with another reason even, is answered with the first facts and told once (I6)", async () => {
    const serial = await issue();
    const first = expectOk(await revoke(serial));
    at(3600);
    await evictDurableObject(stubOf(root.id));
    for (const reason of ["superseded", "certificateHold", "keyCompromise"] as const)
      expect(await revoke(serial, reason)).toEqual({ ok: true, value: first });
    expect(await release(serial)).toEqual({ ok: false, error: { reason: "not_on_hold" } });
    expect((await statusOf(serial))?.status).toBe("revoked");
    expect(await facts("outbox", serial)).toEqual(["certificate-revoked"]);
  });

  it("a hold can be taken back, put on again, and become final from the moment it began", async () => {
    const serial = await issue();
    expect(await release(serial)).toEqual({ ok: false, error: { reason: "not_on_hold" } });
    await revoke(serial, "certificateHold");
    const released = expectOk(await release(serial));
    expect(released.status).toBe("issued");
    expect(released).not.toHaveProperty("revocation");
    expect(await release(serial)).toEqual({ ok: true, value: released });
    expect(await statusOf(serial)).toEqual({ status: "good" });
    at(100);
    await revoke(serial, "certificateHold");
    at(200);
    expect(expectOk(await revoke(serial, "cACompromise"))).toMatchObject({
      status: "revoked",
      revocation: { at: new Date(start + 100_000), reason: "cACompromise" },
    });
    expect(await release(serial)).toEqual({ ok: false, error: { reason: "not_on_hold" } });
    expect(await facts("journal", serial)).toEqual([
      ...["certificate-revoked", "certificate-released"],
      ...["certificate-revoked", "certificate-revoked"],
    ]);
  });

  it("reaches what was recorded and never signed, and a subordinate; a root's own certificate it does not", async () => {
    const serial = await issue();
    for (const status of ["intended", "abandoned"]) {
      await inObject(root.id, (_, { storage }) => {
        const unsigned = "UPDATE certificates SET status = ?, signature = NULL WHERE serial = ?";
        storage.sql.exec(unsigned, status, serial);
      });
      expect(await statusOf(serial)).toEqual({ status: "unknown" });
    }
    expect(expectOk(await revoke(serial)).status).toBe("revoked");
    await createSubordinate(root, "P-256");
    const [subordinate, own] = await Promise.all(
      ["subordinate", "root"].map((purpose) =>
        rowsOf(root.id, "SELECT serial FROM certificates WHERE purpose = ?", purpose),
      ),
    );
    expect((await revoke(asText(subordinate?.[0]?.["serial"]), "cACompromise")).ok).toBe(true);
    expect(await revoke(asText(own?.[0]?.["serial"]))).toEqual({
      ok: false,
      error: { reason: "own_certificate" },
    });
  });

  it("knows nobody's certificate but those of the configurations named", async () => {
    const serialNumberHex = await issue({ configurationId: "theirs" });
    const foreign = {
      serialNumberHex,
      reason: "superseded",
      by,
      configurationIds: ["ours"],
    } as const;
    const unknown = { ok: false, error: { reason: "certificate_unknown" } };
    expect(await root.client.revoke(foreign)).toEqual(unknown);
    expect(await root.client.release(foreign)).toEqual(unknown);
    expect(await root.client.revoke({ ...foreign, serialNumberHex: "0102" })).toEqual(unknown);
    expect(await statusOf(serialNumberHex)).toEqual({ status: "good" });
    const own = { ...foreign, configurationIds: ["ours", "theirs"] };
    expect((await root.client.revoke(own)).ok).toBe(true);
  });

  it("threat 53: the status of a serial number that was never issued is unknown, each in its place", async () => {
    const [good, bad] = [await issue(), await issue()];
    await revoke(bad);
    const statuses = await root.client.certificateStatuses(["01", bad, "", good, bad]);
    expect(statuses.map(({ status }) => status)).toEqual([
      ...["unknown", "revoked", "unknown", "good", "revoked"],
    ]);
    expect(await root.client.certificateStatuses([])).toEqual([]);
  });

  it("does not happen when its journal or its outbox cannot be written (I9)", async () => {
    const serial = await issue();
    for (const table of ["journal", "outbox"]) {
      const refuse = `CREATE TRIGGER full BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`;
      await inObject(root.id, (_, { storage }) => void storage.sql.exec(refuse));
      await expect(revoke(serial)).rejects.toThrow();
      await inObject(root.id, (_, { storage }) => void storage.sql.exec("DROP TRIGGER full"));
      expect(await statusOf(serial)).toEqual({ status: "good" });
    }
    expect((await revoke(serial)).ok).toBe(true);
  });
});

describe("what a device can do afterwards", () => {
  it.each(["keyCompromise", "certificateHold"] as const)(
    "its request, repeated or another under the same transactionID, is a new one (%s)",
    async (reason) => {
      const request = await issueRequest();
      const first = await issued(root.client.issue(request));
      await revoke(first.serialNumberHex, reason);
      const again = await issued(root.client.issue(request));
      expect(again.repeated).toBe(false);
      expect(again.serialNumberHex).not.toBe(first.serialNumberHex);
      expect(await issued(root.client.issue(request))).toEqual({ ...again, repeated: true });
      await revoke(again.serialNumberHex, reason);
      const other = { ...request, requestDigest: crypto.getRandomValues(new Uint8Array(32)) };
      expect((await issued(root.client.issue(other))).repeated).toBe(false);
    },
  );

  it("a poll does not bring the revoked certificate", async () => {
    const request = await issueRequest();
    const { serialNumberHex } = await issued(root.client.issue(request));
    await revoke(serialNumberHex);
    const { configurationId, transactionID, requesterKeyDigest } = request;
    const { templateId, templateVersion } = request;
    const poll = {
      configurationId,
      transactionID,
      requesterKeyDigest,
      templateId,
      templateVersion,
    };
    expect(await root.client.poll(poll)).toMatchObject({
      error: { reason: "transaction_unknown" },
    });
  });

  it("a renewal is refused when its signer was revoked meanwhile, an approved one that waited as well", async () => {
    const signer = await issue();
    const authorisation = { kind: "renewal", serialNumberHex: signer } as const;
    const renewal = await issueRequest({ signer, authorisation });
    const waiting = await issueRequest({ signer, authorisation: { kind: "approval" } });
    const pending = expectOk(await root.client.issue(waiting));
    if (pending.status !== "pending") throw new Error("it does not wait");
    const decision = { id: pending.enrolmentRequestId, configurationIds: ["configuration"] };
    expectOk(
      await root.client.decideEnrolmentRequest({ ...decision, approved: true, by, reason: "" }),
    );
    await revoke(signer, "certificateHold");
    const refused = { ok: false, error: { reason: "signer_revoked", serialNumberHex: signer } };
    expect(await root.client.issue(renewal)).toEqual(refused);
    expect(await root.client.issue(waiting)).toEqual(refused);
    const { configurationId, transactionID, requesterKeyDigest } = waiting;
    const { templateId, templateVersion } = waiting;
    const poll = {
      configurationId,
      transactionID,
      requesterKeyDigest,
      templateId,
      templateVersion,
    };
    expect(await root.client.poll(poll)).toEqual(refused);
    await release(signer);
    expect((await issued(root.client.poll(poll))).repeated).toBe(false);
    expect((await issued(root.client.issue(renewal))).repeated).toBe(false);
  });
});
