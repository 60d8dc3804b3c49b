/**
 * What goes wrong around a CA's object, caused for real: the object dies between two steps, its SQLite refuses a write,
 * its key cannot be used. Each time what must never happen does not, and what was begun can be finished.
 */
import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { toHex } from "../../src/pki/bytes.ts";
import { asText } from "../../src/platform/sql-values.ts";
import type { IssueRequest } from "../../src/ports/certificate-issuing.ts";
import {
  createRoot,
  expectIssuedBy,
  inObject,
  issued,
  issueRequest,
  rowsOf,
  tbsOf,
  type TestAuthority,
} from "../support/authorities.ts";

let root: TestAuthority;

beforeEach(async () => {
  root = await createRoot();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const limited = (): Promise<IssueRequest> =>
  issueRequest({
    authorisation: {
      kind: "token",
      expiresAtSeconds: 4_000_000_000,
      tokenId: "one-use",
      maxUses: 1,
    },
  });

interface StoredRow {
  readonly serial: string;
  readonly status: string;
  readonly tbs: string;
  readonly signed: boolean;
}

async function devices(): Promise<StoredRow[]> {
  const rows = await rowsOf(
    root.id,
    "SELECT serial, status, hex(tbs) AS tbs, signature IS NOT NULL AS signed FROM certificates WHERE purpose = 'end-entity' ORDER BY id",
  );
  return rows.map(({ serial, status, tbs, signed }) => ({
    serial: asText(serial),
    status: asText(status),
    tbs: asText(tbs).toLowerCase(),
    signed: signed === 1,
  }));
}

const journal = async (event: string): Promise<string[]> =>
  (await rowsOf(root.id, "SELECT subject FROM journal WHERE event = ?", event)).map(({ subject }) =>
    asText(subject),
  );

/**
 * The next signature never comes: the moment between record and signature, for as long as the test wants it. What waits
 * for it asks in its own time: a promise settled inside the object would run the rest of the test there.
 */
function stopBeforeSigning(): () => Promise<void> {
  let reached = false;
  vi.spyOn(crypto.subtle, "sign").mockImplementationOnce(() => {
    reached = true;
    return new Promise(() => undefined);
  });
  return () => vi.waitFor(() => expect(reached).toBe(true), { interval: 5 });
}

/** Dies with the step under way; what its caller sees is a failure, never a certificate. */
async function dieBetweenRecordAndSignature(request: IssueRequest): Promise<void> {
  const reached = stopBeforeSigning();
  const answer = root.client.issue(request).then(
    () => "answered",
    () => "failed",
  );
  await reached();
  await abortAllDurableObjects();
  expect(await answer).toBe("failed");
}

const trigger = (statement: string): Promise<void> =>
  inObject(root.id, (_, { storage }) => void storage.sql.exec(statement));

describe("the object dies", () => {
  it("between record and signature: what is left is settled as abandoned at the next start, its serial kept", async () => {
    await dieBetweenRecordAndSignature(await limited());
    const [left, ...more] = await devices();
    expect(more).toEqual([]);
    expect(left).toMatchObject({ status: "abandoned", signed: false });
    expect(left?.tbs).toContain(left?.serial);
    expect(await journal("abandoned")).toEqual([left?.serial]);
    expect(await root.client.findCertificate(left?.serial ?? "")).toMatchObject({
      status: "abandoned",
    });
  });

  it("between record and signature: the retry signs the same octets once and spends no second use", async () => {
    const request = await limited();
    await dieBetweenRecordAndSignature(request);
    const [left] = await devices();
    vi.restoreAllMocks();
    const signing = vi.spyOn(crypto.subtle, "sign");
    const answers = await Promise.all([1, 2, 3].map(() => issued(root.client.issue(request))));
    expect(signing).toHaveBeenCalledTimes(1);
    expect(new Set(answers.map(({ certificateDer }) => toHex(certificateDer))).size).toBe(1);
    const certificateDer = answers[0]?.certificateDer ?? new Uint8Array();
    expect(toHex(tbsOf(certificateDer))).toBe(left?.tbs);
    expect(answers[0]?.serialNumberHex).toBe(left?.serial);
    await expectIssuedBy(certificateDer, root.certificateDer);
    expect(await devices()).toEqual([{ ...left, status: "issued", signed: true }]);
    expect(await root.client.countTokenUses("one-use")).toBe(1);
    expect(await root.client.issue(await limited())).toMatchObject({
      error: { reason: "token_used_up" },
    });
  });

  it("again and again: each death settles once, and still one serial is used", async () => {
    const request = await limited();
    for (let death = 0; death < 3; death++) await dieBetweenRecordAndSignature(request);
    const [left, ...more] = await devices();
    expect(more).toEqual([]);
    const { serialNumberHex } = await issued(root.client.issue(request));
    expect(serialNumberHex).toBe(left?.serial);
    expect(await root.client.countTokenUses("one-use")).toBe(1);
  });

  it("another request under the transactionID of an abandoned certificate is refused: it may exist", async () => {
    const request = await issueRequest();
    await dieBetweenRecordAndSignature(request);
    const other = { ...request, requestDigest: crypto.getRandomValues(new Uint8Array(32)) };
    expect(await root.client.issue(other)).toMatchObject({
      error: { reason: "transaction_conflict" },
    });
  });

  it("after the row `issued`, before the answer: the retry gets the certificate that exists", async () => {
    const request = await limited();
    const lost = await issued(root.client.issue(request));
    await abortAllDurableObjects();
    const signing = vi.spyOn(crypto.subtle, "sign");
    expect(await issued(root.client.issue(request))).toEqual({ ...lost, repeated: true });
    expect(signing).not.toHaveBeenCalled();
    expect(await journal("abandoned")).toEqual([]);
  });

  it("while twenty are under way: every certificate that may exist has its row, and every retry ends well", async () => {
    const requests = await Promise.all(Array.from({ length: 20 }, () => issueRequest()));
    const answers = Promise.allSettled(requests.map((request) => root.client.issue(request)));
    await abortAllDurableObjects();
    for (const answer of await answers) {
      if (answer.status === "rejected") continue;
      const { serialNumberHex } = await issued(Promise.resolve(answer.value));
      expect((await devices()).find(({ serial }) => serial === serialNumberHex)?.status).toBe(
        "issued",
      );
    }
    const before = await devices();
    const retried = await Promise.all(
      requests.map((request) => issued(root.client.issue(request))),
    );
    const after = await devices();
    expect(after).toHaveLength(20);
    expect(new Set(retried.map(({ serialNumberHex }) => serialNumberHex)).size).toBe(20);
    expect(after.map(({ tbs }) => tbs)).toEqual(
      expect.arrayContaining(before.map(({ tbs }) => tbs)),
    );
  });

  it("during its creation: the key that was stored is the key that goes on", async () => {
    await inObject(root.id, (_, { storage }) => {
      storage.sql.exec("UPDATE authority SET certificate_der = NULL");
      storage.sql.exec("DELETE FROM certificates");
    });
    await abortAllDurableObjects();
    const { publicKey, subjectDer } = parseCertificate(root.certificateDer);
    const finished = await root.client.create(
      {
        id: root.id,
        tenantId: root.tenantId,
        subjectDer,
        keyAlgorithm: "P-256",
        validitySeconds: 60,
      },
      "root",
    );
    expect(finished.subjectPublicKeyInfoDer).toEqual(publicKey.der);
    const own = finished.certificateDer ?? new Uint8Array();
    await expectIssuedBy(own, own);
  });
});

describe("SQLite refuses a write", () => {
  it("of the record: nothing is signed, nothing is spent, and the next call works", async () => {
    const request = await limited();
    await trigger(
      "CREATE TRIGGER full BEFORE INSERT ON certificates BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    );
    const signing = vi.spyOn(crypto.subtle, "sign");
    await expect(root.client.issue(request)).rejects.toThrow();
    expect(signing).not.toHaveBeenCalled();
    expect(await devices()).toEqual([]);
    expect(await root.client.countTokenUses("one-use")).toBe(0);
    await trigger("DROP TRIGGER full");
    await issued(root.client.issue(request));
    expect(await root.client.countTokenUses("one-use")).toBe(1);
  });

  it("of the token's use: no certificate without a counted use", async () => {
    await trigger(
      "CREATE TRIGGER full BEFORE INSERT ON tokens BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    );
    const signing = vi.spyOn(crypto.subtle, "sign");
    await expect(root.client.issue(await limited())).rejects.toThrow();
    expect(signing).not.toHaveBeenCalled();
    expect(await devices()).toEqual([]);
  });

  it("of the signature: no certificate is handed out, and the retry signs the same octets", async () => {
    const request = await limited();
    await trigger(
      "CREATE TRIGGER full BEFORE UPDATE ON certificates BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    );
    await expect(root.client.issue(request)).rejects.toThrow();
    const [left] = await devices();
    expect(left).toMatchObject({ status: "intended", signed: false });
    await trigger("DROP TRIGGER full");
    const { certificateDer } = await issued(root.client.issue(request));
    expect(toHex(tbsOf(certificateDer))).toBe(left?.tbs);
    expect(await devices()).toEqual([{ ...left, status: "issued", signed: true }]);
    expect(await root.client.countTokenUses("one-use")).toBe(1);
  });

  it("of the journal: a token that cannot be revoked with its entry is not revoked", async () => {
    await trigger(
      "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    );
    await expect(root.client.revokeToken("one-use")).rejects.toThrow();
    await trigger("DROP TRIGGER full");
    await issued(root.client.issue(await limited()));
  });

  it("a serial number that is taken is not signed a second time", async () => {
    const { serialNumberHex } = await issued(root.client.issue(await issueRequest()));
    const random = crypto.getRandomValues.bind(crypto);
    vi.spyOn(crypto, "getRandomValues").mockImplementation((octets) => {
      if (octets instanceof Uint8Array && octets.length === 16) {
        octets.set(
          Uint8Array.from(serialNumberHex.padStart(32, "0").match(/../g) ?? [], (pair) =>
            Number.parseInt(pair, 16),
          ),
        );
        return octets;
      }
      return random(octets);
    });
    const request = await limited();
    const signing = vi.spyOn(crypto.subtle, "sign");
    await expect(root.client.issue(request)).rejects.toThrow();
    expect(signing).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect(await devices()).toHaveLength(1);
    expect(await root.client.countTokenUses("one-use")).toBe(0);
  });
});

describe("the private key cannot be used", () => {
  it("a signature that fails leaves the record, and the retry finishes it", async () => {
    const request = await limited();
    vi.spyOn(crypto.subtle, "sign").mockRejectedValueOnce(new Error("no entropy"));
    await expect(root.client.issue(request)).rejects.toThrow();
    const [left] = await devices();
    expect(left).toMatchObject({ signed: false });
    const { serialNumberHex } = await issued(root.client.issue(request));
    expect(serialNumberHex).toBe(left?.serial);
    expect(await root.client.countTokenUses("one-use")).toBe(1);
  });

  it("a failure to unwrap it is not remembered once it is over, and other CAs work meanwhile", async () => {
    const other = await createRoot();
    await abortAllDurableObjects();
    const genuine = await rowsOf(root.id, "SELECT hex(wrapped_key) AS key FROM authority");
    const key = asText(genuine[0]?.["key"]);
    // The last octet belongs to the tag.
    const altered = key.slice(0, -2) + (key.endsWith("00") ? "01" : "00");
    const put = (value: string): Promise<void> =>
      trigger(`UPDATE authority SET wrapped_key = x'${value}'`);
    await put(altered);
    await abortAllDurableObjects();
    const request = await issueRequest();
    await expect(root.client.issue(request)).rejects.toThrow(
      /does not open with MASTER_KEYS version 1/,
    );
    await issued(other.client.issue(await issueRequest()));
    await put(key);
    await abortAllDurableObjects();
    const { certificateDer } = await issued(root.client.issue(request));
    await expectIssuedBy(certificateDer, root.certificateDer);
    expect(await devices()).toHaveLength(1);
  });
});
