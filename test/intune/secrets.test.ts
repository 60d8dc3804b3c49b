/** What Microsoft quotes of what it was sent, and that nobody reads it. Neither whole, nor in pieces, nor clipped. */
import { describe, expect, it } from "vitest";
import type { IntuneOutcome } from "../../src/ports/intune-service.ts";
import { parseCertificationRequest } from "../../src/pki/certification-request.ts";
import type { FakeHop } from "../support/fake-microsoft/index.ts";
import { clientSecret, connectionTo, deviceRequest, laboratory } from "../support/intune.ts";
import { buildCertificationRequest, ecKeyPair, name } from "../support/scep-client/index.ts";

const activity = "0b1dfa52-3c6f-4a3d-9b42-e7a3c31f59d4";

async function prepared() {
  const lab = laboratory();
  const tenant = lab.fake.tenant();
  const connection = await connectionTo(tenant);
  const service = lab.isolate();
  return { ...lab, tenant, connection, service };
}

const lines = (text: string, length: number) =>
  text.replaceAll(new RegExp(`.{${length}}`, "g"), "$&\r\n");
const lettersOf = (text: string) => text.replaceAll(/[^A-Za-z0-9]/g, "");

/** No 16 letters and digits of the secret stand in what is told. */
function expectNothingOf(secret: string, { result, calls }: IntuneOutcome<unknown>): void {
  const told = lettersOf(JSON.stringify({ result, calls: calls.map(({ detail }) => detail) }));
  const letters = lettersOf(secret);
  for (let start = 0; start + 16 <= letters.length; start++)
    expect(told).not.toContain(letters.slice(start, start + 16));
}

const dotted = "ab12.cd34.".repeat(30);
const spoken = "my secret words, of the kind that people choose";

/** How an error text may quote a value. */
const quotations: readonly [string, (value: string) => string][] = [
  ["whole", (value) => value],
  ["in lines of 64", (value) => lines(value, 64)],
  ["in lines of 30", (value) => lines(value, 30)],
  ["cut, its first 30", (value) => value.slice(0, 30)],
  ["cut, its last 25", (value) => value.slice(-25)],
  ["far behind, where the text is clipped", (value) => `${"why ".repeat(70)}${value}`],
  ["base64 once more", (value) => Buffer.from(value).toString("base64")],
  ["in the alphabet of addresses", (value) => value.replaceAll("+", "-").replaceAll("/", "_")],
  ["percent-encoded", (value) => encodeURIComponent(value)],
];

describe.each(quotations)("a text that quotes a secret %s", (_, quote) => {
  it.each([
    ["Intune's own challenge", undefined],
    ["one with dots", dotted],
    ["one of words", spoken],
  ])("%s and its request", async (_what, chosen) => {
    const { fake, tenant, service, connection, deadline } = await prepared();
    const request =
      chosen === undefined
        ? deviceRequest(fake, tenant)
        : {
            transactionID: "1234",
            certificationRequestDer: buildCertificationRequest({
              ...{ key: ecKeyPair(), subject: name("CN=device"), challenge: chosen },
            }),
          };
    const { challengePassword = "" } = parseCertificationRequest(request.certificationRequestDer);
    const base64 = Buffer.from(request.certificationRequestDer).toString("base64");
    const text = `Bad: ${quote(challengePassword)} in ${quote(base64)}, activity ${activity}`;
    const nested = { error: { code: "InternalError", message: JSON.stringify({ Message: text }) } };
    const code = quote(challengePassword);
    for (const status of [200, 400, 403, 500]) {
      const answer = status === 200 ? { code: "Unknown", errorDescription: text } : nested;
      fake.inject({
        hop: "validate",
        kind: "status",
        status,
        body: JSON.stringify(answer),
        times: 2,
      });
      const told = await service.validateRequest(connection, request, deadline());
      expectNothingOf(challengePassword, told);
      expectNothingOf(base64, told);
      fake.calm();
    }
    fake.force({ hop: "validate", answer: { code, errorDescription: "" } });
    expectNothingOf(
      challengePassword,
      await service.validateRequest(connection, request, deadline()),
    );
  });

  it.each(["login-graph", "login-intune", "graph", "validate"] as FakeHop[])(
    "credential or token, at %s",
    async (hop) => {
      const { fake, tenant, service, deadline } = await prepared();
      const secret = "aB3~Q.x-8Z_kLm9pQrStUvWx0y~12.AbCdEf";
      tenant.app.secrets = [{ value: secret }];
      const own = crypto.randomUUID();
      const credentials = [await clientSecret(own, secret)];
      const connection = await connectionTo(tenant, { tenantId: own, credentials });
      const ask = () =>
        service.validateRequest(connection, deviceRequest(fake, tenant), deadline());
      let sent = "";
      const plain = fake.fetch;
      Object.assign(fake, {
        fetch: async (call: Request) => {
          const octets = await call.clone().arrayBuffer();
          const form = new URLSearchParams(new TextDecoder().decode(octets));
          const bearer = call.headers.get("authorization")?.slice("Bearer ".length);
          const response = await plain(call);
          if (response.status !== 418) return response;
          sent = form.get("client_secret") ?? bearer ?? "";
          const error_description = `AADSTS1: ${quote(sent)} is no good`;
          const message = error_description;
          const body = hop.startsWith("login")
            ? { error: "invalid_client", error_description }
            : { error: { code: "Bad", message } };
          return Response.json(body, { status: hop.startsWith("login") ? 401 : 500 });
        },
      });
      fake.inject({ hop, kind: "status", status: 418, times: 0 });
      const told = await ask();
      expect(told.result.ok).toBe(false);
      expect(sent.length).toBeGreaterThan(30);
      expectNothingOf(sent, told);
    },
  );
});

it("what is no secret stays: the words, and the GUIDs that support asks for", async () => {
  const { fake, tenant, service, connection, deadline } = await prepared();
  const errorDescription = `The profile's CN differs. Activity ID: ${activity}, correlation_id=${activity}`;
  fake.force({ hop: "validate", answer: { code: "SubjectNameMismatch", errorDescription } });
  const request = deviceRequest(fake, tenant);
  const { result } = await service.validateRequest(connection, request, deadline());
  expect(result).toEqual({
    ok: false,
    error: { kind: "refused", code: "SubjectNameMismatch", description: errorDescription },
  });
});
