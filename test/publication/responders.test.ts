/** OCSP responders over their lives: made once however many ask, finished by others, renewed in time, forgotten in the end. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readEnvironment } from "../../src/env.ts";
import { toHex } from "../../src/pki/bytes.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { CertificateAuthority } from "../../src/platform/certificate-authority-object.ts";
import { createKeyWrapping } from "../../src/platform/key-wrapping.ts";
import type { PublicationDependencies } from "../../src/publication/dependencies.ts";
import { createKnownAuthorities } from "../../src/publication/known-authorities.ts";
import { createOcspAnswers } from "../../src/publication/ocsp-answers.ts";
import { keepUpResponders } from "../../src/publication/responder-upkeep.ts";
import { createStores } from "../../src/storage/stores.ts";
import { authorities } from "../support/authorities.ts";
import { createTenant, type Tenant } from "../support/deployment.ts";
import {
  certId,
  expectSignedFor,
  ocspRequest,
  readOcspResponse,
  responseStatus,
} from "../support/ocsp.ts";
import { certify, later, type PublicCa, publicCa } from "../support/public-ca.ts";

const day = 86_400;

let tenant: Tenant;
let ca: PublicCa;
let events: Record<string, unknown>[];
let cas = 0;

const dependencies: PublicationDependencies = {
  ...createStores(env.DB),
  authorities,
  keyWrapping: createKeyWrapping(readEnvironment(env).masterKeys),
  clock: { now: () => new Date() },
  log: {
    write: (event) => void events.push(event),
    fault: (_, error) => void events.push({ event: "fault", message: String(error) }),
  },
};

/** What one isolate has: caches of its own. Work that goes on after the answer is waited for. */
function isolate(changes: Partial<PublicationDependencies> = {}) {
  const own = { ...dependencies, ...changes };
  const known = createKnownAuthorities(own);
  const answers = createOcspAnswers(own);
  return async (at: PublicCa = ca) => {
    const authority = await known.find(at.id);
    if (!authority) throw new Error("no such CA");
    const deferred: Promise<unknown>[] = [];
    const request = ocspRequest([await certId(at.der, Uint8Array.of(1))]);
    const { der } = await answers.answer(
      authority,
      request,
      (work) => void deferred.push(work),
      () => Promise.resolve(true),
    );
    await Promise.all(deferred);
    return der;
  };
}

const responderOf = (der: Uint8Array): Uint8Array => readOcspResponse(der).responder.der;
const keepUp = () => keepUpResponders(dependencies, createKnownAuthorities(dependencies));
const rows = () => dependencies.ocspResponders.listResponders(ca.id, new Date(0));
async function certificatesMade(at: PublicCa = ca): Promise<number> {
  const { items } = await authorities.get(at.id).searchCertificates({ text: "OCSP", limit: 50 });
  return items.length;
}

beforeAll(async () => {
  tenant = await createTenant("Responders");
});
beforeEach(async () => {
  events = [];
  ca = await publicCa(tenant, `CA ${++cas}`, "P-256");
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a simulated year", () => {
  it("looked after every five days, with one attempt in ten failing, there is always a good one", async () => {
    const ask = isolate();
    await ask();
    let failures = 0;
    const { issueOcspResponder } = CertificateAuthority.prototype;
    vi.spyOn(CertificateAuthority.prototype, "issueOcspResponder").mockImplementation(function (
      this: CertificateAuthority,
      request,
    ) {
      if (failures++ % 10 === 0) return Promise.reject(new Error("trouble"));
      return issueOcspResponder.call(this, request);
    });
    for (let passed = 0; passed < 365; passed += 5) {
      later(5 * day);
      await keepUp();
      const response = readOcspResponse(await ask());
      expect(response.responder.notAfter.getTime()).toBeGreaterThan(Date.now());
      await expectSignedFor(response, ca.der);
    }
    expect(failures).toBeGreaterThan(10);
    expect((await rows()).length).toBeLessThanOrEqual(2);
  });
});

describe("a responder is made once", () => {
  it("however many isolates are asked at the same moment", async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => isolate()()));
    expect(new Set(answers.map((der) => toHex(responderOf(der)))).size).toBe(1);
    expect([(await rows()).length, await certificatesMade()]).toEqual([1, 1]);
    for (const der of answers) await expectSignedFor(readOcspResponse(der), ca.der);
  });

  it("its maker may die before the CA is asked, or before the certificate is kept: the next one finishes it", async () => {
    const broken = vi
      .spyOn(CertificateAuthority.prototype, "issueOcspResponder")
      .mockRejectedValueOnce(new Error("gone"));
    expect(responseStatus(await isolate()())).toBe(3);
    const [unfinished] = await rows();
    expect(unfinished?.certificateDer).toBeUndefined();
    broken.mockRestore();

    const { ocspResponders } = dependencies;
    const dying = isolate({
      ocspResponders: {
        ...ocspResponders,
        completeResponder: () => Promise.reject(new Error("gone")),
      },
    });
    expect(responseStatus(await dying())).toBe(3);
    expect(await certificatesMade()).toBe(1);

    const responder = parseCertificate(responderOf(await isolate()()));
    expect(toHex(responder.publicKey.der)).toBe(
      toHex(unfinished?.subjectPublicKeyInfoDer ?? new Uint8Array()),
    );
    expect([(await rows()).length, await certificatesMade()]).toEqual([1, 1]);
  });

  it("its key opens in its own row only", async () => {
    await isolate()();
    const [row] = await rows();
    if (!row) throw new Error("no row");
    const moved = { ...row, id: crypto.randomUUID() };
    const { ocspResponders } = dependencies;
    const elsewhere = isolate({
      ocspResponders: { ...ocspResponders, listResponders: () => Promise.resolve([moved]) },
    });
    expect(responseStatus(await elsewhere())).toBe(3);
    expect(JSON.stringify(events)).toContain("does not open");
  });
});

describe("a responder is followed by another", () => {
  it("when a third of its life remains, by the minute's tick, and the isolates take it within a minute", async () => {
    const ask = isolate();
    const first = responderOf(await ask());
    later(19 * day);
    await keepUp();
    expect(await certificatesMade()).toBe(1);
    later(1 * day + 600);
    await keepUp();
    await keepUp();
    expect(await certificatesMade()).toBe(2);
    const second = responderOf(await ask());
    expect(toHex(second)).not.toBe(toHex(first));
    await expectSignedFor(readOcspResponse(await ask()), ca.der);
    // What the first one signed is still good, and it goes when it has ended.
    expect((await rows()).length).toBe(2);
    later(10 * day);
    await keepUp();
    expect(
      (await rows()).map(({ certificateDer }) => certificateDer && toHex(certificateDer)),
    ).toEqual([toHex(second)]);
  });

  it("also when the tick was missed: whoever is asked sees to it, after the answer", async () => {
    const [ask, other] = [isolate(), isolate()];
    const first = toHex(responderOf(await ask()));
    expect(toHex(responderOf(await other()))).toBe(first);
    later(21 * day);
    expect(toHex(responderOf(await ask()))).toBe(first);
    expect(await certificatesMade()).toBe(2);
    later(61);
    const second = toHex(responderOf(await ask()));
    expect(second).not.toBe(first);
    expect(toHex(responderOf(await other()))).toBe(second);
  });

  it("while the CA's key cannot be used the old one goes on, an alarm says so, and others have their turn", async () => {
    const beside = await publicCa(tenant, `CA ${++cas}`, "P-256");
    const ask = isolate();
    const first = toHex(responderOf(await ask()));
    await isolate()(beside);
    later(20 * day + 600);
    const broken = vi.spyOn(CertificateAuthority.prototype, "issueOcspResponder");
    broken.mockImplementation(async () => {
      throw new Error("The key does not open.");
    });
    await keepUp();
    expect(events).toContainEqual(
      expect.objectContaining({
        alarm: "ocsp_responder_not_renewed",
        authority: ca.id,
        reason: "The key does not open.",
      }),
    );
    expect(toHex(responderOf(await ask()))).toBe(first);
    const asked = broken.mock.calls.length;
    await keepUp();
    expect(broken.mock.calls.length).toBe(asked);
    broken.mockRestore();
    later(16 * 60);
    await keepUp();
    expect([await certificatesMade(), await certificatesMade(beside)]).toEqual([2, 2]);
    // Tried several times, still one key.
    expect((await rows()).length).toBe(2);
  });

  it("one that ends with its CA has none, and after that nobody speaks for the CA: unauthorized", async () => {
    await certify(ca);
    const { notAfter } = parseCertificate(ca.der);
    later((notAfter.getTime() - Date.now()) / 1000 - 10 * day);
    const ask = isolate();
    const last = readOcspResponse(await ask()).responder;
    expect(last.notAfter).toEqual(notAfter);
    later(9 * day);
    await keepUp();
    expect(toHex(responderOf(await ask()))).toBe(toHex(last.der));
    expect(await certificatesMade()).toBe(1);
    later(2 * day);
    expect(responseStatus(await ask())).toBe(6);
  });
});
