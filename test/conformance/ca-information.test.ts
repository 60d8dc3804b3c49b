/** GetCACaps, GetCACert and GetNextCACert (RFC 8894, sections 3.5, 4.2, 4.7), black box. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let modern: string;
let legacy: string;

beforeAll(async () => {
  tenant = await createTenant("Information");
  ({ url: modern } = await tenant.configuration("modern"));
  ({ url: legacy } = await tenant.configuration("legacy", { preset: "legacy" }));
});

const ask = async (url: string, query: string): Promise<scep.PlainAnswer> =>
  scep.answerOf(await fetchWorker(new Request(`${url}?${query}`)));
const textOf = ({ body }: scep.PlainAnswer): string => Buffer.from(body).toString("latin1");

describe("GetCACaps", () => {
  it("3.5.2 a modern configuration answers these octets and no others: no DES3, no SHA-1", async () => {
    const answer = await ask(modern, "operation=GetCACaps");
    expect(textOf(answer)).toBe(
      "AES\nPOSTPKIOperation\nRenewal\nSHA-256\nSHA-384\nSHA-512\nSCEPStandard\n",
    );
    expect(answer.status).toBe(200);
  });

  it("3.5.2 a configuration for old appliances also names DES3 and SHA-1", async () => {
    expect(textOf(await ask(legacy, "operation=GetCACaps"))).toBe(
      "AES\nDES3\nPOSTPKIOperation\nRenewal\nSHA-1\nSHA-256\nSHA-384\nSHA-512\nSCEPStandard\n",
    );
  });

  it("3.5.2 the content type is text/plain without parameters, and the body stays under 1024 octets", async () => {
    for (const url of [modern, legacy]) {
      const answer = await ask(url, "operation=GetCACaps");
      expect(answer.contentType).toBe("text/plain");
      // certmonger refuses longer ones.
      expect(answer.body.length).toBeLessThan(1024);
    }
  });

  it("3.5.2 the keywords follow from the configuration and not from the request", async () => {
    await tenant.configuration("narrow", {
      digests: ["SHA-256"],
      contentEncryption: ["AES-128-CBC"],
    });
    const url = tenant.url("narrow");
    expect(textOf(await ask(url, "operation=GetCACaps&caps=DES3,SHA-1"))).toBe(
      "AES\nPOSTPKIOperation\nRenewal\nSHA-256\nSCEPStandard\n",
    );
    await tenant.api.patch(tenant.path("scep-configurations/narrow"), {
      digests: ["SHA-256", "SHA-1"],
    });
    expect(textOf(await ask(url, "operation=GetCACaps"))).toBe(
      "AES\nPOSTPKIOperation\nRenewal\nSHA-1\nSHA-256\nSCEPStandard\n",
    );
  });

  it.each(["getcacaps", "GETCACAPS", "GetCACAPS"])(
    "3.5.1 the operation may be written %s",
    async (operation) => {
      expect(await ask(modern, `operation=${operation}`)).toEqual(
        await ask(modern, "operation=GetCACaps"),
      );
    },
  );

  it("3.5.1 a CA identifier in `message` changes nothing", async () => {
    expect(await ask(modern, "operation=GetCACaps&message=trustpoint")).toEqual(
      await ask(modern, "operation=GetCACaps"),
    );
  });

  it("3.5.2 SCEPStandard is named only where AES and SHA-256 are served", async () => {
    await tenant.configuration("no-sha256", {
      preset: "legacy",
      digests: ["SHA-1"],
      contentEncryption: ["DES-EDE3-CBC"],
    });
    expect(textOf(await ask(tenant.url("no-sha256"), "operation=GetCACaps"))).toBe(
      "DES3\nPOSTPKIOperation\nRenewal\nSHA-1\n",
    );
  });
});

describe("GetCACert", () => {
  it("4.2.1.2 the answer is a degenerate SignedData: agent, issuing CA, root, in this order", async () => {
    const answer = await ask(modern, "operation=GetCACert");
    expect(answer).toMatchObject({ status: 200, contentType: "application/x-x509-ca-ra-cert" });
    const [agent, issuer, root, ...more] = scep.readDegenerate(answer.body);
    expect(more).toEqual([]);
    expect(agent?.issuer).toEqual(issuer?.subject);
    expect(issuer?.issuer).toEqual(root?.subject);
    expect(root?.issuer).toEqual(root?.subject);
    for (const [one, above] of [
      [agent, issuer],
      [issuer, root],
      [root, root],
    ] as const) {
      expect(one && above && scep.isSignedBy(one, above.spki)).toBe(true);
    }
  });

  it("4.2.1.2 a duplicated agent certificate stays duplicated, and at the front", async () => {
    const answer = await ask(legacy, "operation=GetCACert");
    const chain = scep.readDegenerate(answer.body);
    expect(chain).toHaveLength(4);
    expect(chain[1]?.der).toEqual(chain[0]?.der);
    expect(chain.slice(2).map((one) => one.subjectText.at(-1) ?? one.subjectText[0])).toHaveLength(
      2,
    );
    expect(chain[2]?.subject).toEqual(chain[0]?.issuer);
  });

  it.each([
    "message=0",
    "message=1",
    "message=CAIdentifier",
    "message=default",
    "message=",
    "message=%00%FF",
    "message=a%20b",
  ])("4.2.1 the CA identifier %s is ignored", async (identifier) => {
    expect(await ask(modern, `operation=GetCACert&${identifier}`)).toEqual(
      await ask(modern, "operation=GetCACert"),
    );
  });

  it("3.2.2 the agent may decrypt and sign and nothing else; the CAs may not decrypt", async () => {
    const [agent, issuer, root] = await scep.getCACert(fetchWorker, modern);
    const usage = (one: scep.Certificate | undefined) => one?.extensions.get(scep.oids.keyUsage);
    expect(usage(agent)?.critical).toBe(true);
    expect(scep.usagesOf(usage(agent)?.value ?? scep.bytes([]))).toEqual([
      "digitalSignature",
      "keyEncipherment",
    ]);
    // Apple picks the wrong certificate when an issuing CA can encipher too.
    for (const authority of [issuer, root]) {
      const usages = scep.usagesOf(usage(authority)?.value ?? scep.bytes([]));
      expect(usages).toEqual(expect.arrayContaining(["keyCertSign", "cRLSign"]));
      expect(usages).not.toContain("keyEncipherment");
      expect(authority?.extensions.get(scep.oids.basicConstraints)?.critical).toBe(true);
    }
    const purposes = agent?.extensions.get(scep.oids.extendedKeyUsage)?.value;
    expect(purposes && scep.hex(purposes)).toContain(
      scep.hex(scep.oid(scep.oids.certificateRequestAgent)),
    );
    const constraints = agent?.extensions.get(scep.oids.basicConstraints)?.value;
    expect(constraints === undefined || scep.equal(constraints, scep.sequence())).toBe(true);
  });

  it("4.2 the agent's key is RSA also when the CA's is not", async () => {
    const root = await tenant.authority("EC Root", "P-384");
    await tenant.authority("EC Devices CA", "P-256", root);
    const { url } = await tenant.configuration("ec", { authority: "EC Devices CA" });
    const [agent, issuer] = await scep.getCACert(fetchWorker, url);
    expect(scep.hex(agent?.spki ?? scep.bytes([]))).toContain(
      scep.hex(scep.oid(scep.oids.rsaEncryption)),
    );
    expect(scep.hex(issuer?.spki ?? scep.bytes([]))).toContain(
      scep.hex(scep.oid(scep.oids.ecPublicKey)),
    );
  });
});

describe("GetNextCACert", () => {
  it("4.7.1 is not advertised and is an error while no next CA certificate exists", async () => {
    const { status } = await ask(modern, "operation=GetNextCACert");
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });
});
