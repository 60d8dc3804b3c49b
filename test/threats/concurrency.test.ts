/** Once and only once, however many ask at the same moment: small versions of what `npm run soak` does at length. */
import { beforeAll, expect, it } from "vitest";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let client: scep.ScepClient;
let challenge: string;
const key = scep.rsaKeyPair();
const signer = scep.selfSigned(key);
/** The machine may have other work. */
const patience = 120_000;

beforeAll(async () => {
  tenant = await createTenant("Crowd");
  client = await tenant.configuration("devices");
  ({ challenge } = await tenant.token("devices"));
});

const messageFor = (commonName: string, more: Partial<scep.CertificationRequestPlan> = {}) =>
  client.build({
    request: { key, challenge, subject: scep.name("O=Demo", `CN=${commonName}`), ...more },
    signer,
  });

it(
  "the same octets twenty times at once give one certificate, message after message",
  async () => {
    for (let round = 0; round < 4; round++) {
      const message = await messageFor(`twenty ${round}`);
      const replies = await Promise.all(Array.from({ length: 20 }, () => client.send(message)));
      const serials = new Set(
        replies.map((reply) => expectSuccess(reply).certificate.serialNumberHex),
      );
      expect([...serials]).toHaveLength(1);
      const rows = await tenant.certificates(`CN=twenty ${round}`);
      expect(rows.map((row) => row.serialNumber)).toEqual([...serials]);
    }
  },
  patience,
);

it(
  "twenty retries at once of one request, each in a new envelope, give one certificate and spend one use",
  async () => {
    const once = await tenant.token("devices", { maxUses: 1 });
    const request = {
      key,
      challenge: once.challenge,
      subject: scep.name("O=Demo", "CN=rewrapped"),
    };
    const messages = await Promise.all(
      Array.from({ length: 20 }, () => client.build({ request, transactionID: "C0FFEE" })),
    );
    const replies = await Promise.all(messages.map((message) => client.send(message)));
    expect(
      new Set(replies.map((reply) => expectSuccess(reply).certificate.serialNumberHex)).size,
    ).toBe(1);
  },
  patience,
);

it(
  "twenty different requests at once under one transactionID give one certificate; the others are refused",
  async () => {
    const transactionID = "FEEDFACE";
    const messages = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        client.build({
          request: { key, challenge, subject: scep.name("O=Demo", `CN=contender ${index}`) },
          transactionID,
        }),
      ),
    );
    const replies = await Promise.all(messages.map((message) => client.send(message)));
    const [winner, ...more] = replies.filter((reply) => reply.pkiStatus === "SUCCESS");
    expect(winner).toBeDefined();
    expect(more).toEqual([]);
    for (const reply of replies) if (reply !== winner) expectFailure(reply, "badRequest");
    expect(await tenant.certificates("CN=contender")).toHaveLength(1);
  },
  patience,
);

it(
  "128 enrolments, 64 at once: no serial number twice, none lost, every answer has its row",
  async () => {
    const serials: string[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < 128) {
        const message = await messageFor(`crowd ${next++}`);
        serials.push(expectSuccess(await client.send(message)).certificate.serialNumberHex);
      }
    };
    await Promise.all(Array.from({ length: 64 }, lane));
    expect(serials).toHaveLength(128);
    expect(new Set(serials).size).toBe(128);
    const rows = new Set((await tenant.certificates("CN=crowd")).map((row) => row.serialNumber));
    expect(rows).toEqual(new Set(serials));
  },
  patience,
);
