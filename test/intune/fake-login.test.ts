/** The fake of Microsoft's cloud is as strict as intune-api, section 9, asks: login and Graph. A fake that takes anything proves nothing. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  type Answer,
  endpointsUrl,
  graphScope,
  intuneScope,
  MicrosoftByHand,
} from "../support/microsoft-by-hand.ts";

let microsoft: MicrosoftByHand;

beforeEach(() => {
  microsoft = new MicrosoftByHand();
});

describe("L login", () => {
  it.each([
    [
      "L1 JSON instead of a form",
      900144,
      () =>
        microsoft.send(
          `https://login.microsoftonline.com/${microsoft.tenant.directoryId}/oauth2/v2.0/token`,
          {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: "{}",
          },
        ),
    ],
    ["L1 an unknown directory", 90002, () => microsoft.login({}, crypto.randomUUID())],
    ["L2 a wrong secret", 7000215, () => microsoft.login({ client_secret: "wrong" })],
    ["L2 an unknown client", 700016, () => microsoft.login({ client_id: crypto.randomUUID() })],
    [
      "L2 neither secret nor assertion",
      7000218,
      () => microsoft.login({ client_secret: undefined }),
    ],
    [
      "L3 an assertion that is none",
      700027,
      () =>
        microsoft.login({
          client_secret: undefined,
          client_assertion: "x.y.z",
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }),
    ],
    [
      "L4 a scope without /.default",
      70011,
      () => microsoft.login({ scope: "https://graph.microsoft.com" }),
    ],
    [
      "L4 an unknown resource",
      500011,
      () => microsoft.login({ scope: "https://other.example/.default" }),
    ],
    [
      "L4 one slash",
      500011,
      () => microsoft.login({ scope: "https://api.manage.microsoft.com/.default" }),
    ],
  ] as [string, number, () => Promise<Answer>][])("%s: AADSTS%i", async (_, code, ask) => {
    expect((await ask()).body.error_codes).toEqual([code]);
  });

  it("L1 by domain too; L2 expiry by the microsoft.fake's clock; L4 one slash where it is switched on", async () => {
    expect((await microsoft.login({}, microsoft.tenant.domain)).status).toBe(200);
    microsoft.tenant.acceptsSingleSlash = true;
    expect(
      (await microsoft.login({ scope: "https://api.manage.microsoft.com/.default" })).status,
    ).toBe(200);
    microsoft.tenant.app.secrets = [
      { value: microsoft.tenant.secret, expiresAt: new Date(microsoft.now + 1000) },
    ];
    expect((await microsoft.login()).status).toBe(200);
    microsoft.now += 2000;
    expect((await microsoft.login()).body.error_codes).toEqual([7000222]);
  });

  it("L5 a token is for one audience, with the roles of its minting, until it ends", async () => {
    microsoft.tenant.tokenSeconds = 60;
    const roles = microsoft.tenant.app.graphRoles;
    microsoft.tenant.app.graphRoles = [];
    const early = await microsoft.tokenFor(graphScope);
    microsoft.tenant.app.graphRoles = roles;
    const later = await microsoft.tokenFor(graphScope);
    expect((await microsoft.graph(early)).status).toBe(403);
    expect((await microsoft.graph(later)).status).toBe(200);
    expect((await microsoft.graph(await microsoft.tokenFor(intuneScope))).body.error.code).toBe(
      "InvalidAuthenticationToken",
    );
    microsoft.now += 61_000;
    expect((await microsoft.graph(later)).status).toBe(401);
  });

  it("L7 the retired v1 endpoint is a violation", async () => {
    await microsoft.send(
      `https://login.microsoftonline.com/${microsoft.tenant.directoryId}/oauth2/token`,
      {
        method: "POST",
        body: "",
      },
    );
    expect(microsoft.fake.violations).toHaveLength(1);
  });
});

describe("G Graph", () => {
  it("G1 both forms of the address, GET only; G3 both providers among others", async () => {
    const token = await microsoft.tokenFor(graphScope);
    const other = endpointsUrl.replace(
      "/appId=0000000a-0000-0000-c000-000000000000",
      "(appId='0000000a-0000-0000-c000-000000000000')",
    );
    for (const url of [endpointsUrl, other]) {
      const { body } = await microsoft.graph(token, url);
      const names = body.value.map((one: { providerName?: string | null }) =>
        one.providerName?.toLowerCase(),
      );
      expect(names).toEqual(
        expect.arrayContaining(["sceprequestvalidationfeservice", "pkiconnectorfeservice"]),
      );
      expect(names.length).toBeGreaterThan(8);
    }
    expect((await microsoft.graph(token, endpointsUrl, "POST")).status).toBe(405);
    microsoft.tenant.hasIntune = false;
    expect((await microsoft.graph(token)).body.error.code).toBe("Request_ResourceNotFound");
    expect(microsoft.fake.count("graph")).toBe(4);
  });
});
