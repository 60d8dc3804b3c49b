/**
 * The HTTP that real clients speak (RFC 8894, section 4.1, and folklore), for every operation and every message type:
 * what one of them may write in an odd way, all of them may.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { decide } from "../support/approval.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectPending, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let client: scep.ScepClient;
let challenge: string;
/** A device that has its certificate. */
const key = scep.rsaKeyPair();
let held: scep.Certificate;
/** A device whose request was approved. */
const polling = scep.rsaKeyPair();
const pollingID = scep.transactionIDOf(polling);
const subject = scep.name("O=Demo", "CN=odd");

beforeAll(async () => {
  tenant = await createTenant("Odd HTTP");
  client = await tenant.configuration("devices");
  ({ challenge } = await tenant.token("devices"));
  const enrolled = await client.enrol({ request: { key, challenge, subject } });
  held = expectSuccess(enrolled).certificate;

  const waiting = await tenant.configuration("waiting", { requiresApproval: true });
  const asked = { request: { key: polling, subject }, transactionID: pollingID };
  expectPending(await waiting.enrol(asked));
  await decide(tenant, pollingID, "approve");
});

type Plan = Omit<scep.PkiMessagePlan, "recipient">;
const issuerAndSerialNumber = (): scep.Bytes =>
  scep.sequence(held.issuer, scep.tlv(scep.tag.integer, held.serialNumber));
const asHolder = () => ({ request: { key, subject }, signer: { key, certificate: held } });

/** One lawful message of each type; all of them bring something in an envelope. */
const messages: Readonly<
  Record<keyof typeof scep.messageTypes, { configuration: string; plan: () => Plan }>
> = {
  PKCSReq: { configuration: "devices", plan: () => ({ request: { key, challenge, subject } }) },
  RenewalReq: { configuration: "devices", plan: asHolder },
  CertPoll: {
    configuration: "waiting",
    plan: () => ({
      request: { key: polling, subject },
      transactionID: pollingID,
      payload: scep.sequence(scep.name("CN=x"), subject),
    }),
  },
  GetCert: {
    configuration: "devices",
    plan: () => ({ ...asHolder(), payload: issuerAndSerialNumber() }),
  },
  GetCRL: {
    configuration: "devices",
    plan: () => ({ ...asHolder(), payload: issuerAndSerialNumber() }),
  },
};
const types = Object.keys(messages) as (keyof typeof messages)[];

/** Sends it in its way, and expects a SUCCESS that its sender can open. */
async function expectServed(
  type: keyof typeof messages,
  requestOf: (url: string, message: scep.Bytes) => Request,
): Promise<void> {
  const { configuration, plan } = messages[type];
  const service = tenant.client(configuration);
  const message = await service.build({ messageType: scep.messageTypes[type], ...plan() });
  const answer = await scep.answerOf(await fetchWorker(requestOf(service.url, message.der)));
  expect(answer).toMatchObject({ status: 200, contentType: "application/x-pki-message" });
  const { content, attributes } = scep.readSignedReply(answer.body);
  const [status] = attributes.get(scep.oids.pkiStatus) ?? [];
  expect(Buffer.from(status?.content ?? []).toString()).toBe("0");
  const { certificate, key: signingKey } = message.signer;
  const opened = scep.openEnvelope(content ?? scep.bytes([]), certificate, signingKey);
  expect(opened.content.length).toBeGreaterThan(100);
}

describe.each(types)("4.1 PKIOperation with a %s", (type) => {
  it.each(Object.entries(scep.base64Spellings))("by GET, base64 with %s", async (_, spelling) => {
    await expectServed(type, (url, message) => scep.getPkiOperation(url, message, spelling));
  });

  it.each<[string, (url: string, value: string) => string]>([
    ["message before operation", (url, value) => `${url}?message=${value}&operation=PKIOperation`],
    ["names in capitals", (url, value) => `${url}?OPERATION=PKIOperation&MESSAGE=${value}`],
    ["fields nobody knows", (url, value) => `${url}?a&operation=PKIOperation&b=&message=${value}&`],
    ["operation in lower case", (url, value) => `${url}?operation=pkioperation&message=${value}`],
    ["operation in escapes", (url, value) => `${url}?operation=%50KIOperation&message=${value}`],
    [
      "a file name behind the address",
      (url, value) => `${url}/pkiclient.exe?operation=PKIOperation&message=${value}`,
    ],
  ])("by GET with %s", async (_, urlOf) => {
    await expectServed(type, (url, message) => {
      const value = encodeURIComponent(Buffer.from(message).toString("base64"));
      return new Request(urlOf(url, value));
    });
  });

  it("by GET over http:, where the configuration serves it", async () => {
    await expectServed(type, (url, message) =>
      scep.getPkiOperation(url.replace("https:", "http:"), message),
    );
  });

  it.each(["application/x-pki-message", "application/octet-stream", "text/plain; charset=x", ""])(
    "by POST with content type %j",
    async (contentType) => {
      await expectServed(type, (url, message) => scep.postPkiOperation(url, message, contentType));
    },
  );

  it("by POST in pieces, with `message` in the address as well, which is not read", async () => {
    await expectServed(type, (url, message) => {
      const body = new Blob([message.slice(0, 100), message.slice(100)]).stream();
      return new Request(`${url}?message=ignored&operation=PKIOperation&message=`, {
        method: "POST",
        body,
      });
    });
  });
});

describe.each(["GetCACaps", "GetCACert"])("4.1 %s", (operation) => {
  const ask = async (query: string, init?: RequestInit): Promise<scep.PlainAnswer> =>
    scep.answerOf(await fetchWorker(new Request(`${client.url}${query}`, init)));

  it.each([
    `?operation=${operation}&message`,
    `?operation=${operation}&message=`,
    `?operation=${operation}&message=0`,
    `?operation=${operation}&message=CAIdentifier`,
    `?operation=${operation}&message=Demo%20CA&message=again`,
    `?operation=${operation}&message=%ZZ%&x=%`,
    `?operation=${operation}&message=${"A".repeat(8000)}`,
    `?message=default&operation=${operation}`,
    `?OPERATION=${operation.toUpperCase()}`,
    `?operation=${operation.toLowerCase()}&`,
    `?&&operation=${operation}`,
    `/?operation=${operation}`,
    `/pkiclient.exe?operation=${operation}`,
    `/cgi-bin/pkiclient.exe?operation=${operation}&message=fortigate-1`,
  ])("%s is the plain question", async (query) => {
    const plain = await ask(`?operation=${operation}`);
    expect(plain.status).toBe(200);
    expect(await ask(query)).toEqual(plain);
  });

  it("is answered with headers that no client stumbles over", async () => {
    const response = await fetchWorker(new Request(`${client.url}?operation=${operation}`));
    expect(response.headers.get("content-type")).toMatch(/^[a-z0-9/-]+$/);
    expect(response.headers.has("content-encoding")).toBe(false);
    expect(response.headers.has("location")).toBe(false);
  });

  it("is answered to HEAD as well, with the same headers", async () => {
    const [head, get] = [
      await ask(`?operation=${operation}`, { method: "HEAD" }),
      await ask(`?operation=${operation}`),
    ];
    expect([head.status, head.contentType]).toEqual([get.status, get.contentType]);
  });

  it("takes odd headers for what they are", async () => {
    const plain = await ask(`?operation=${operation}`);
    for (const headers of [
      { accept: "image/png" },
      { "accept-encoding": "identity" },
      { "content-type": "application/x-pki-message" },
      { "user-agent": "" },
      { connection: "close" },
      { "if-none-match": "*", "if-modified-since": "Thu, 01 Jan 2099 00:00:00 GMT" },
      { range: "bytes=0-3" },
    ]) {
      expect(await ask(`?operation=${operation}`, { headers })).toEqual(plain);
    }
  });
});
