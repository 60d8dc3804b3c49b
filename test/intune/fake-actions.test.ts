/** The fake of Microsoft's cloud is as strict as intune-api, section 9, asks: validation, notifications, revocation. */
import { beforeEach, describe, expect, it } from "vitest";
import { scepAddress } from "../support/fake-microsoft/index.ts";
import { deviceRequest } from "../support/intune.ts";
import { intuneScope, MicrosoftByHand, serviceHeaders } from "../support/microsoft-by-hand.ts";
import {
  buildCertificationRequest,
  ecKeyPair,
  extensions,
  generalName,
  name,
} from "../support/scep-client/index.ts";

let microsoft: MicrosoftByHand;

beforeEach(() => {
  microsoft = new MicrosoftByHand();
});

const requestOf = (wishes = {}) => {
  const { transactionID, certificationRequestDer } = deviceRequest(
    microsoft.fake,
    microsoft.tenant,
    wishes,
  );
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
    expect(
      (await microsoft.service("validateRequest", { request: requestOf() }, changes)).status,
    ).toBe(400);
  });

  it("V1 an id is new for each call; POST only; another path and another tenant's token are refused", async () => {
    const id = { "client-request-id": crypto.randomUUID() };
    const body = { request: requestOf() };
    expect((await microsoft.service("validateRequest", body, id)).status).toBe(200);
    expect((await microsoft.service("validateRequest", body, id)).status).toBe(400);
    expect((await microsoft.service("validateRequest", body, {}, "GET")).status).toBe(405);
    expect((await microsoft.service("validate", body)).status).toBe(404);
    const other = microsoft.fake.tenant();
    const token = await microsoft.tokenFor(intuneScope);
    const answer = await microsoft.send(
      `${scepAddress(other, microsoft.fake.serviceOrigin)}/ScepActions/validateRequest`,
      {
        method: "POST",
        headers: { ...serviceHeaders(), authorization: `Bearer ${token}` },
        body: "{}",
      },
    );
    expect([answer.status, microsoft.fake.violations.length]).toEqual([401, 1]);
    microsoft.tenant.app.intuneRoles = [];
    expect((await microsoft.service("validateRequest", body)).status).toBe(403);
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
      expect((await microsoft.service(action, bodyOf(requestOf()))).status).toBe(400);
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
    ["Success", () => csr(microsoft.fake.challenge(microsoft.tenant, wanted))],
    ["CertificateRequestDecodingFailed", () => "AAAA"],
    ["ChallengePasswordMissing", () => csr(undefined)],
    ["ChallengeDecodingError", () => csr("a word!")],
    ["ChallengeDecryptionError", () => csr(Buffer.from("of another cloud").toString("base64"))],
    [
      "SignatureValidationFailed",
      () => csr(tampered(microsoft.fake.challenge(microsoft.tenant, wanted))),
    ],
    [
      "ChallengeInvalidTimestamp",
      () =>
        csr(
          microsoft.fake.challenge(microsoft.tenant, {
            ...wanted,
            created: microsoft.now + 3_600_000,
          }),
        ),
    ],
    [
      "ChallengeExpired",
      () =>
        csr(
          microsoft.fake.challenge(microsoft.tenant, {
            ...wanted,
            created: microsoft.now - 3_600_001,
          }),
        ),
    ],
    [
      "BadTenantIdInChallenge",
      () => csr(microsoft.fake.challenge(microsoft.fake.tenant(), wanted)),
    ],
    [
      "BadCertificateRequestIdInChallenge",
      () => csr(microsoft.fake.challenge(microsoft.tenant, { ...wanted, id: "" })),
    ],
    [
      "BadDeviceIdInChallenge",
      () => csr(microsoft.fake.challenge(microsoft.tenant, { ...wanted, device: "" })),
    ],
    [
      "BadUserIdInChallenge",
      () => csr(microsoft.fake.challenge(microsoft.tenant, { ...wanted, user: "" })),
    ],
    [
      "ScepProfileNoLongerTargetedToTheClient",
      () => csr(microsoft.fake.challenge(microsoft.tenant, { ...wanted, profile: "old" })),
    ],
    [
      "SubjectNameMissing",
      () => csr(microsoft.fake.challenge(microsoft.tenant, wanted), { subject: name() }),
    ],
    [
      "SubjectNameMismatch",
      () => csr(microsoft.fake.challenge(microsoft.tenant, { ...wanted, subject: ["CN=b"] })),
    ],
    [
      "SubjectAltNameMissing",
      () => csr(microsoft.fake.challenge(microsoft.tenant, { ...wanted, san: ["dns:a"] })),
    ],
    [
      "SubjectAltNameMismatch",
      () => csr(microsoft.fake.challenge(microsoft.tenant, { ...wanted, san: ["dns:b"] }), san),
    ],
    [
      "KeyUsageMismatch",
      () =>
        csr(
          microsoft.fake.challenge(microsoft.tenant, { ...wanted, keyUsage: ["keyEncipherment"] }),
          usage,
        ),
    ],
    [
      "EnhancedKeyUsageMissing",
      () =>
        csr(
          microsoft.fake.challenge(microsoft.tenant, {
            ...wanted,
            extendedKeyUsage: ["1.3.6.1.5.5.7.3.2"],
          }),
        ),
    ],
    [
      "EnhancedKeyUsageMismatch",
      () =>
        csr(
          microsoft.fake.challenge(microsoft.tenant, {
            ...wanted,
            extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"],
          }),
          eku,
        ),
    ],
    [
      "KeyLengthMismatch",
      () => csr(microsoft.fake.challenge(microsoft.tenant, { ...wanted, keyBits: 2048 })),
    ],
  ];
  it.each(cases)("V3 %s comes by nature", async (code, requestOfCase) => {
    const request = { transactionId: "t", certificateRequest: requestOfCase(), callerInfo: "test" };
    expect((await microsoft.service("validateRequest", { request })).body.code).toBe(code);
  });

  it("V3 a challenge is longer than the 255 characters of PKCS #9; V9 answers vary", async () => {
    expect(microsoft.fake.challenge(microsoft.tenant).length).toBeGreaterThan(2000);
    const kinds = new Set<string>();
    for (let count = 0; count < 4; count++) {
      const { body } = await microsoft.service("validateRequest", { request: requestOf() });
      expect(body["@odata.context"]).toContain("scepActionResult");
      kinds.add(typeof body.errorDescription + (body.errorDescription?.length ?? 0));
    }
    expect(kinds.size).toBe(4);
  });

  it("V5 a notification is for a validated request with the same octets, and the same each time", async () => {
    const request = requestOf();
    const refused = await microsoft.service("successNotification", {
      notification: issuedOf(request),
    });
    expect(refused.body.code).not.toBe("Success");
    await microsoft.service("validateRequest", { request });
    expect(
      (await microsoft.service("successNotification", { notification: issuedOf(request) })).body
        .code,
    ).toBe("Success");
    const changed = { ...issuedOf(request), certificateSerialNumber: "5A4E" };
    expect(
      (await microsoft.service("successNotification", { notification: changed })).body.code,
    ).not.toBe("Success");
    expect(microsoft.fake.violations).toHaveLength(2);
  });

  it("V7 a failureNotification after a refusal is a violation", async () => {
    const request = requestOf({ tenant: "another" });
    await microsoft.service("validateRequest", { request });
    await microsoft.service("failureNotification", {
      notification: { ...request, hResult: 1, errorDescription: "x" },
    });
    expect(microsoft.fake.violations).toHaveLength(1);
  });
});

describe("R revocation", () => {
  const download = (parameters: object) =>
    microsoft.pki("downloadRevocationRequests", { downloadParameters: parameters });

  it("R1 its own api-version, 1 to 500 requests, an exact issuer", async () => {
    const wrong = await microsoft.pki(
      "downloadRevocationRequests",
      { downloadParameters: { maxRequests: 1 } },
      "2018-02-20",
    );
    expect(wrong.status).toBe(400);
    for (const maxRequests of [0, 501, "1", 1.5, undefined])
      expect((await download({ maxRequests })).status).toBe(400);
    microsoft.fake.revoke(microsoft.tenant, { issuerName: "CN=a" });
    expect((await download({ maxRequests: 1, issuerName: "CN=b" })).body.value).toEqual([]);
  });

  it("R2 nothing for an hour after a download, then what was not acknowledged", async () => {
    microsoft.fake.revoke(microsoft.tenant, { requestContext: "one" });
    expect((await download({ maxRequests: 1, issuerName: null })).body.value).toHaveLength(1);
    expect((await download({ maxRequests: 1 })).body.value).toEqual([]);
    microsoft.now += 3_600_000;
    expect((await download({ maxRequests: 1 })).body.value).toHaveLength(1);
  });

  it("R4 a known context, and None with true alone", async () => {
    microsoft.fake.revoke(microsoft.tenant, { requestContext: "one" });
    const upload = (result: object) =>
      microsoft.pki("uploadRevocationResults", {
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
