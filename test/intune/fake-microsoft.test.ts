/** The fake of Microsoft's cloud is as strict as intune-api, section 9, asks: a fake that takes anything proves nothing. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  FakeMicrosoft,
  type FakeTenant,
  pkiAddress,
  scepAddress,
} from "../support/fake-microsoft/index.ts";
import { deviceRequest } from "../support/intune.ts";
import {
  buildCertificationRequest,
  ecKeyPair,
  extensions,
  generalName,
  name,
} from "../support/scep-client/index.ts";

let now = Date.parse("2026-11-27T10:00:00Z");
let fake: FakeMicrosoft;
let tenant: FakeTenant;

beforeEach(() => {
  now = Date.parse("2026-11-27T10:00:00Z");
  fake = new FakeMicrosoft({ now: () => new Date(now) });
  tenant = fake.tenant();
});

const graphScope = "https://graph.microsoft.com/.default";
const intuneScope = "https://api.manage.microsoft.com//.default";

interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of every shape
  readonly body: any;
}
async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fake.fetch(new Request(url, init));
  return { status: response.status, body: await response.json() };
}

const login = (
  changes: Record<string, string | undefined> = {},
  directory = tenant.directoryId,
) => {
  const { clientId: client_id, clientSecret: client_secret } = tenant.credentials;
  const form = { grant_type: "client_credentials", client_id, client_secret, scope: graphScope };
  const fields = Object.entries({ ...form, ...changes }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value]],
  );
  return send(`https://login.microsoftonline.com/${directory}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams(fields),
  });
};
const tokenFor = async (scope: string): Promise<string> =>
  (await login({ scope })).body.access_token;

const endpointsUrl =
  "https://graph.microsoft.com/v1.0/servicePrincipals/appId=0000000a-0000-0000-c000-000000000000/endpoints";
const graph = (token: string, url = endpointsUrl, method = "GET") =>
  send(url, { method, headers: { authorization: `Bearer ${token}` } });

describe("L login", () => {
  it.each([
    [
      "L1 JSON instead of a form",
      900144,
      () =>
        send(`https://login.microsoftonline.com/${tenant.directoryId}/oauth2/v2.0/token`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: "{}",
        }),
    ],
    ["L1 an unknown directory", 90002, () => login({}, crypto.randomUUID())],
    ["L2 a wrong secret", 7000215, () => login({ client_secret: "wrong" })],
    ["L2 an unknown client", 700016, () => login({ client_id: crypto.randomUUID() })],
    ["L2 neither secret nor assertion", 7000218, () => login({ client_secret: undefined })],
    [
      "L3 an assertion that is none",
      700027,
      () =>
        login({
          client_secret: undefined,
          client_assertion: "x.y.z",
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }),
    ],
    ["L4 a scope without /.default", 70011, () => login({ scope: "https://graph.microsoft.com" })],
    ["L4 an unknown resource", 500011, () => login({ scope: "https://other.example/.default" })],
    ["L4 one slash", 500011, () => login({ scope: "https://api.manage.microsoft.com/.default" })],
  ] as [string, number, () => Promise<Answer>][])("%s: AADSTS%i", async (_, code, ask) => {
    expect((await ask()).body.error_codes).toEqual([code]);
  });

  it("L1 by domain too; L2 expiry by the fake's clock; L4 one slash where it is switched on", async () => {
    expect((await login({}, tenant.domain)).status).toBe(200);
    tenant.acceptsSingleSlash = true;
    expect((await login({ scope: "https://api.manage.microsoft.com/.default" })).status).toBe(200);
    tenant.app.secrets = [{ value: tenant.secret, expiresAt: new Date(now + 1000) }];
    expect((await login()).status).toBe(200);
    now += 2000;
    expect((await login()).body.error_codes).toEqual([7000222]);
  });

  it("L5 a token is for one audience, with the roles of its minting, until it ends", async () => {
    tenant.tokenSeconds = 60;
    const roles = tenant.app.graphRoles;
    tenant.app.graphRoles = [];
    const early = await tokenFor(graphScope);
    tenant.app.graphRoles = roles;
    const later = await tokenFor(graphScope);
    expect((await graph(early)).status).toBe(403);
    expect((await graph(later)).status).toBe(200);
    expect((await graph(await tokenFor(intuneScope))).body.error.code).toBe(
      "InvalidAuthenticationToken",
    );
    now += 61_000;
    expect((await graph(later)).status).toBe(401);
  });

  it("L7 the retired v1 endpoint is a violation", async () => {
    await send(`https://login.microsoftonline.com/${tenant.directoryId}/oauth2/token`, {
      method: "POST",
      body: "",
    });
    expect(fake.violations).toHaveLength(1);
  });
});

describe("G Graph", () => {
  it("G1 both forms of the address, GET only; G3 both providers among others", async () => {
    const token = await tokenFor(graphScope);
    const other = endpointsUrl.replace(
      "/appId=0000000a-0000-0000-c000-000000000000",
      "(appId='0000000a-0000-0000-c000-000000000000')",
    );
    for (const url of [endpointsUrl, other]) {
      const { body } = await graph(token, url);
      const names = body.value.map((one: { providerName?: string | null }) =>
        one.providerName?.toLowerCase(),
      );
      expect(names).toEqual(
        expect.arrayContaining(["sceprequestvalidationfeservice", "pkiconnectorfeservice"]),
      );
      expect(names.length).toBeGreaterThan(8);
    }
    expect((await graph(token, endpointsUrl, "POST")).status).toBe(405);
    tenant.hasIntune = false;
    expect((await graph(token)).body.error.code).toBe("Request_ResourceNotFound");
    expect(fake.count("graph")).toBe(4);
  });
});

const headers = () => ({
  "content-type": "application/json",
  "api-version": "2018-02-20",
  "client-request-id": crypto.randomUUID(),
});

async function service(
  action: string,
  body: unknown,
  changes: Record<string, string> = {},
  method = "POST",
) {
  const token = await tokenFor(intuneScope);
  const address = scepAddress(tenant, fake.serviceOrigin);
  return send(`${address}/ScepActions/${action}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers(), ...changes },
    ...(method === "POST" && { body: JSON.stringify(body) }),
  });
}

const requestOf = (wishes = {}) => {
  const { transactionID, certificationRequestDer } = deviceRequest(fake, tenant, wishes);
  return {
    transactionId: transactionID,
    certificateRequest: Buffer.from(certificationRequestDer).toString("base64"),
    callerInfo: "test",
  };
};
const issuedOf = (request: ReturnType<typeof requestOf>) => ({
  ...request,
  certificateThumbprint: "A9".repeat(20),
  certificateSerialNumber: "5A4D",
  certificateExpirationDateUtc: "2027-11-22T10:15:30.000Z",
  issuingCertificateAuthority: "CN=x",
});

describe("V ScepActions", () => {
  it.each([
    ["api-version", { "api-version": "5019-05-05" }],
    ["content type", { "content-type": "text/plain" }],
    ["client-request-id", { "client-request-id": "1" }],
  ] as [string, Record<string, string>][])("V1 %s is checked", async (_, changes) => {
    expect((await service("validateRequest", { request: requestOf() }, changes)).status).toBe(400);
  });

  it("V1 an id is new for each call; POST only; another path and another tenant's token are refused", async () => {
    const id = { "client-request-id": crypto.randomUUID() };
    const body = { request: requestOf() };
    expect((await service("validateRequest", body, id)).status).toBe(200);
    expect((await service("validateRequest", body, id)).status).toBe(400);
    expect((await service("validateRequest", body, {}, "GET")).status).toBe(405);
    expect((await service("validate", body)).status).toBe(404);
    const other = fake.tenant();
    const token = await tokenFor(intuneScope);
    const answer = await send(
      `${scepAddress(other, fake.serviceOrigin)}/ScepActions/validateRequest`,
      {
        method: "POST",
        headers: { ...headers(), authorization: `Bearer ${token}` },
        body: "{}",
      },
    );
    expect([answer.status, fake.violations.length]).toEqual([401, 1]);
    tenant.app.intuneRoles = [];
    expect((await service("validateRequest", body)).status).toBe(403);
  });

  it.each([
    ["no wrapper", "validateRequest", (request: object) => request],
    [
      "wrongly cased names",
      "validateRequest",
      ({ transactionId, ...rest }: { transactionId: string }) => ({
        request: { ...rest, TransactionId: transactionId },
      }),
    ],
    [
      "an unknown property",
      "validateRequest",
      (request: object) => ({ request: { ...request, deviceId: "x" } }),
    ],
    [
      "an empty transactionId",
      "validateRequest",
      (request: object) => ({ request: { ...request, transactionId: "" } }),
    ],
    [
      "url-safe base64",
      "validateRequest",
      (request: object) => ({ request: { ...request, certificateRequest: "-_-_" } }),
    ],
    [
      "PEM",
      "validateRequest",
      (request: object) => ({
        request: { ...request, certificateRequest: "-----BEGIN CERTIFICATE REQUEST-----" },
      }),
    ],
    [
      "line breaks",
      "validateRequest",
      (request: object) => ({ request: { ...request, certificateRequest: "AAAA\r\nAAA=" } }),
    ],
    [
      "a SHA-256 thumbprint",
      "successNotification",
      (request: never) => ({
        notification: { ...issuedOf(request), certificateThumbprint: "A9".repeat(32) },
      }),
    ],
    [
      "a date of another form",
      "successNotification",
      (request: never) => ({
        notification: { ...issuedOf(request), certificateExpirationDateUtc: "22.11.2027" },
      }),
    ],
    [
      "hResult as a string",
      "failureNotification",
      (request: object) => ({ notification: { ...request, hResult: "1", errorDescription: "x" } }),
    ],
    [
      "256 characters of description",
      "failureNotification",
      (request: object) => ({
        notification: { ...request, hResult: 1, errorDescription: "x".repeat(256) },
      }),
    ],
  ] as [string, string, (request: object) => unknown][])(
    "V2 %s: 400",
    async (_, action, bodyOf) => {
      expect((await service(action, bodyOf(requestOf()))).status).toBe(400);
    },
  );

  const key = ecKeyPair();
  const csr = (challenge: string | undefined, more = {}) =>
    Buffer.from(
      buildCertificationRequest({
        key,
        subject: name("CN=a"),
        ...(challenge !== undefined && { challenge }),
        ...more,
      }),
    ).toString("base64");
  const wanted = { subject: ["CN=a"], keyBits: 256 };
  const usage = { extensions: [extensions.keyUsage("digitalSignature")] };
  const san = { extensions: [extensions.subjectAltName(generalName.dns("a"))] };
  const eku = { extensions: [extensions.extendedKeyUsage("1.3.6.1.5.5.7.3.2")] };
  const tampered = (challenge: string) =>
    `${challenge.slice(0, 40)}${challenge[40] === "A" ? "B" : "A"}${challenge.slice(41)}`;
  const cases: [string, () => string][] = [
    ["Success", () => csr(fake.challenge(tenant, wanted))],
    ["CertificateRequestDecodingFailed", () => "AAAA"],
    ["ChallengePasswordMissing", () => csr(undefined)],
    ["ChallengeDecodingError", () => csr("a word!")],
    ["ChallengeDecryptionError", () => csr(Buffer.from("of another cloud").toString("base64"))],
    ["SignatureValidationFailed", () => csr(tampered(fake.challenge(tenant, wanted)))],
    [
      "ChallengeInvalidTimestamp",
      () => csr(fake.challenge(tenant, { ...wanted, created: now + 3_600_000 })),
    ],
    [
      "ChallengeExpired",
      () => csr(fake.challenge(tenant, { ...wanted, created: now - 3_600_001 })),
    ],
    ["BadTenantIdInChallenge", () => csr(fake.challenge(fake.tenant(), wanted))],
    [
      "BadCertificateRequestIdInChallenge",
      () => csr(fake.challenge(tenant, { ...wanted, id: "" })),
    ],
    ["BadDeviceIdInChallenge", () => csr(fake.challenge(tenant, { ...wanted, device: "" }))],
    ["BadUserIdInChallenge", () => csr(fake.challenge(tenant, { ...wanted, user: "" }))],
    [
      "ScepProfileNoLongerTargetedToTheClient",
      () => csr(fake.challenge(tenant, { ...wanted, profile: "old" })),
    ],
    ["SubjectNameMissing", () => csr(fake.challenge(tenant, wanted), { subject: name() })],
    ["SubjectNameMismatch", () => csr(fake.challenge(tenant, { ...wanted, subject: ["CN=b"] }))],
    ["SubjectAltNameMissing", () => csr(fake.challenge(tenant, { ...wanted, san: ["dns:a"] }))],
    [
      "SubjectAltNameMismatch",
      () => csr(fake.challenge(tenant, { ...wanted, san: ["dns:b"] }), san),
    ],
    [
      "KeyUsageMismatch",
      () => csr(fake.challenge(tenant, { ...wanted, keyUsage: ["keyEncipherment"] }), usage),
    ],
    [
      "EnhancedKeyUsageMissing",
      () => csr(fake.challenge(tenant, { ...wanted, extendedKeyUsage: ["1.3.6.1.5.5.7.3.2"] })),
    ],
    [
      "EnhancedKeyUsageMismatch",
      () =>
        csr(fake.challenge(tenant, { ...wanted, extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"] }), eku),
    ],
    ["KeyLengthMismatch", () => csr(fake.challenge(tenant, { ...wanted, keyBits: 2048 }))],
  ];
  it.each(cases)("V3 %s comes by nature", async (code, requestOfCase) => {
    const request = { transactionId: "t", certificateRequest: requestOfCase(), callerInfo: "test" };
    expect((await service("validateRequest", { request })).body.code).toBe(code);
  });

  it("V3 a challenge is longer than the 255 characters of PKCS #9; V9 answers vary", async () => {
    expect(fake.challenge(tenant).length).toBeGreaterThan(2000);
    const kinds = new Set<string>();
    for (let count = 0; count < 4; count++) {
      const { body } = await service("validateRequest", { request: requestOf() });
      expect(body["@odata.context"]).toContain("scepActionResult");
      kinds.add(typeof body.errorDescription + (body.errorDescription?.length ?? 0));
    }
    expect(kinds.size).toBe(4);
  });

  it("V5 a notification is for a validated request with the same octets, and the same each time", async () => {
    const request = requestOf();
    const refused = await service("successNotification", { notification: issuedOf(request) });
    expect(refused.body.code).not.toBe("Success");
    await service("validateRequest", { request });
    expect(
      (await service("successNotification", { notification: issuedOf(request) })).body.code,
    ).toBe("Success");
    const changed = { ...issuedOf(request), certificateSerialNumber: "5A4E" };
    expect((await service("successNotification", { notification: changed })).body.code).not.toBe(
      "Success",
    );
    expect(fake.violations).toHaveLength(2);
  });

  it("V7 a failureNotification after a refusal is a violation", async () => {
    const request = requestOf({ tenant: "another" });
    await service("validateRequest", { request });
    await service("failureNotification", {
      notification: { ...request, hResult: 1, errorDescription: "x" },
    });
    expect(fake.violations).toHaveLength(1);
  });
});

describe("R revocation", () => {
  const pki = async (operation: string, body: unknown, version = "5019-05-05") => {
    const token = await tokenFor(intuneScope);
    return send(
      `${pkiAddress(tenant, fake.serviceOrigin)}/CertificateAuthorityRequests/${operation}`,
      {
        method: "POST",
        headers: { ...headers(), "api-version": version, authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      },
    );
  };
  const download = (parameters: object) =>
    pki("downloadRevocationRequests", { downloadParameters: parameters });

  it("R1 its own api-version, 1 to 500 requests, an exact issuer", async () => {
    const wrong = await pki(
      "downloadRevocationRequests",
      { downloadParameters: { maxRequests: 1 } },
      "2018-02-20",
    );
    expect(wrong.status).toBe(400);
    for (const maxRequests of [0, 501, "1", 1.5, undefined])
      expect((await download({ maxRequests })).status).toBe(400);
    fake.revoke(tenant, { issuerName: "CN=a" });
    expect((await download({ maxRequests: 1, issuerName: "CN=b" })).body.value).toEqual([]);
  });

  it("R2 nothing for an hour after a download, then what was not acknowledged", async () => {
    fake.revoke(tenant, { requestContext: "one" });
    expect((await download({ maxRequests: 1, issuerName: null })).body.value).toHaveLength(1);
    expect((await download({ maxRequests: 1 })).body.value).toEqual([]);
    now += 3_600_000;
    expect((await download({ maxRequests: 1 })).body.value).toHaveLength(1);
  });

  it("R4 a known context, and None with true alone", async () => {
    fake.revoke(tenant, { requestContext: "one" });
    const upload = (result: object) =>
      pki("uploadRevocationResults", {
        results: [{ requestContext: "one", errorMessage: null, ...result }],
      });
    for (const result of [
      { succeeded: true, errorCode: "CertificateNotFoundError" },
      { succeeded: false, errorCode: "None" },
      { succeeded: true, errorCode: "Invented" },
      { succeeded: "true", errorCode: "None" },
      { succeeded: true, errorCode: "None", requestContext: "two" },
    ])
      expect((await upload(result)).status).toBe(400);
    expect((await upload({ succeeded: false, errorCode: "4004" })).body.value).toBe(true);
  });
});
