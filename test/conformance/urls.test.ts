/** Where SCEP is served (RFC 8894, section 4.1), over which scheme, and what answers elsewhere. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, fetchFrom, fetchWorker, type Tenant } from "../support/deployment.ts";
import { scepEvents } from "../support/events.ts";
import { expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let challenge: string;
const key = scep.rsaKeyPair();

beforeAll(async () => {
  tenant = await createTenant("Addresses");
  await tenant.configuration("both", { plainHttp: true });
  await tenant.configuration("tls-only", { plainHttp: false });
  ({ challenge } = await tenant.token("both"));
});

const get = (url: string): Promise<Response> => fetchWorker(new Request(url));

describe("paths", () => {
  it.each(["", "/", "/pkiclient.exe", "/cgi-bin/pkiclient.exe", "/pkiclient.exe/"])(
    "4.1 the address with %j behind it is the same service",
    async (suffix) => {
      const url = tenant.url("both") + suffix;
      const chain = await scep.getCACert(fetchWorker, url);
      const message = scep.buildPkiMessage({
        recipient: scep.findAgent(chain),
        request: { key, challenge },
      });
      for (const request of [
        scep.postPkiOperation(url, message.der),
        scep.getPkiOperation(url, message.der),
      ]) {
        const answer = await scep.answerOf(await fetchWorker(request));
        expect(answer.status).toBe(200);
        expectSuccess(scep.verifyCertRep(answer.body, message));
      }
    },
  );

  it("4.1 the tenant's GUID is taken in capitals too, and is one tenant for the log and the limits", async () => {
    const url = tenant.url("both").replace(tenant.id, tenant.id.toUpperCase());
    expect(url).not.toBe(tenant.url("both"));
    const client = new scep.ScepClient(fetchWorker, url);
    const events = await scepEvents(async () => {
      expectSuccess(await client.enrol({ request: { key, challenge } }));
    });
    expect(new Set(events.map((event) => event["tenant"]))).toEqual(new Set([tenant.id]));
    const limited = fetchFrom("198.51.100.41");
    const statuses: number[] = [];
    for (let round = 0; round < 24; round++) {
      const guess = await client.build({ request: { key, challenge: "wrong" } });
      const spelling = round % 2 === 0 ? url : tenant.url("both");
      statuses.push((await limited(scep.postPkiOperation(spelling, guess.der))).status);
    }
    expect(statuses.slice(-2)).toEqual([429, 429]);
  });

  it("4.1 nothing on these paths is ever a redirect", async () => {
    for (const suffix of [
      "",
      "/",
      "/pkiclient.exe",
      "/unknown",
      "//",
      "?",
      "/?operation=GetCACert",
    ]) {
      for (const scheme of ["http", "https"]) {
        const { status } = await get(tenant.url("both", { scheme }) + suffix);
        expect(status < 300 || status >= 400).toBe(true);
      }
    }
  });

  it.each(["simple", "intune"])(
    "4.1 /%s/0/0/scep answers a connectivity test without a tenant",
    async (kind) => {
      for (const scheme of ["http", "https"]) {
        const response = await get(
          `${scheme}://scep.example.test/${kind}/0/0/scep?operation=getcacaps`,
        );
        expect(response.status).toBe(200);
        expect(response.headers.get("content-type")).toBe("text/plain");
        expect(await response.text()).toContain("SCEPStandard");
      }
    },
  );

  it("4.1 the placeholder tenant serves nothing else", async () => {
    const { status } = await get("https://scep.example.test/simple/0/0/scep?operation=GetCACert");
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });
});

describe("plain HTTP", () => {
  it("4.1 SCEP over http: is served where the configuration allows it", async () => {
    const client = tenant.client("both", { scheme: "http" });
    expectSuccess(await client.enrol({ request: { key, challenge } }));
    expect(await scep.getCACaps(fetchWorker, client.url)).toContain("AES");
  });

  it("4.1 SCEP over http: is not there where the configuration forbids it, and is over https:", async () => {
    const plain = tenant.url("tls-only", { scheme: "http" });
    for (const operation of ["GetCACaps", "GetCACert", "PKIOperation&message=MAAwAA"]) {
      expect((await get(`${plain}?operation=${operation}`)).status).toBe(404);
    }
    const post = await fetchWorker(
      new Request(`${plain}?operation=PKIOperation`, { method: "POST", body: "x" }),
    );
    expect(post.status).toBe(404);
    expect((await get(`${tenant.url("tls-only")}?operation=GetCACaps`)).status).toBe(200);
  });
});

describe("the bare host", () => {
  it("leads to the portal over https:, for whoever reads and nobody else", async () => {
    const ask = (method: string, query = "") =>
      fetchWorker(new Request(`https://scep.example.test/${query}`, { method }));
    for (const method of ["GET", "HEAD"]) {
      const answer = await ask(method);
      expect([answer.status, answer.headers.get("location")]).toEqual([302, "/portal"]);
    }
    expect((await ask("POST")).status).toBe(404);
    expect((await ask("GET", "?operation=GetCACert")).status).toBe(404);
  });
});

describe("what is not a pkiMessage", () => {
  it("4.3 gets a 400 with one plain sentence and no details", async () => {
    const answer = await fetchWorker(
      new Request(tenant.url("both"), { method: "POST", body: "no CMS at all" }),
    );
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
    const said = (await answer.text()).trim();
    expect(said).toMatch(/^[A-Z][^\n]*\.$/);
    expect(said.length).toBeLessThan(200);
  });

  it("4.1 other methods are refused without a redirect", async () => {
    for (const method of ["PUT", "DELETE", "PATCH"]) {
      const { status } = await fetchWorker(new Request(tenant.url("both"), { method, body: "x" }));
      expect([404, 405]).toContain(status);
    }
  });
});
