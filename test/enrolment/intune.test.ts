/**
 * Enrolment that Microsoft Intune decides about, as a device sees it: which answer each of Microsoft's brings, what is
 * issued and delivered, and what never is. Real stores and objects; Microsoft stands behind its port.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { intuneCodes } from "../../src/administration/intune-codes.ts";
import type { IntuneHop } from "../../src/ports/intune-service.ts";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import { scepEvents } from "../support/events.ts";
import { inObject } from "../support/authorities.ts";
import {
  createIntuneDeployment,
  type DeviceAnswer,
  type IntuneDeployment,
} from "../support/intune-deployment.ts";
import { MicrosoftDouble, misconfigured, refused, trouble } from "../support/microsoft.ts";
import * as scep from "../support/scep-client/index.ts";

let fleet: Tenant;
let other: Tenant;
let client: scep.ScepClient;
let authority: string;
let microsoft: MicrosoftDouble;
let deployment: IntuneDeployment;
const key = scep.rsaKeyPair();
/** As long as Microsoft's are, and to be found wherever it should not be. */
const challenge = `CANARY${"0123456789abcdef".repeat(140)}`;

async function createFleet(name: string): Promise<Tenant> {
  const tenant = await createTenant(name);
  await tenant.configuration("fleet", { kind: "intune" });
  return tenant;
}

beforeAll(async () => {
  fleet = await createFleet("Fleet");
  other = await createFleet("Other fleet");
  const { items } = await fleet.api.get<{ items: { id: string; name: string }[] }>(
    fleet.path("certificate-authorities"),
  );
  authority = items.find((item) => item.name === "Devices CA")?.id ?? "";
});
beforeEach(() => {
  microsoft = new MicrosoftDouble();
  deployment = createIntuneDeployment(microsoft);
  deployment.connect(fleet);
  deployment.connect(other);
  client = new scep.ScepClient(deployment.fetch, fleet.url("fleet", { kind: "intune" }));
});
afterEach(async () => {
  deployment.broken.methods = {};
  await deployment.settle();
  expect(microsoft.violations).toEqual([]);
});

let devices = 0;
const build = (more: Partial<scep.CertificationRequestPlan> = {}, of = client) =>
  of.build({
    request: {
      key,
      challenge,
      subject: scep.name("O=Fleet", `CN=device ${++devices}`),
      ...more,
    },
    transactionID: `T${devices}-${crypto.randomUUID()}`,
  });
const send = (message: scep.PkiMessage): Promise<DeviceAnswer> =>
  deployment.send(client.url, message);

interface Row {
  readonly serial: string;
  readonly status: string;
  readonly delivery: string;
}
const rowsOf = ({ transactionID }: scep.PkiMessage): Promise<Row[]> =>
  inObject(authority, (_, { storage }) =>
    storage.sql
      .exec<Row & Record<string, SqlStorageValue>>(
        `SELECT certificates.serial, delivery, CASE WHEN revoked_at IS NULL THEN status ELSE reason END AS status
         FROM certificates LEFT JOIN revocations ON revocations.serial = certificates.serial
         WHERE transaction_id = ?`,
        transactionID,
      )
      .toArray(),
  );

function expectPostponed({ status, retryAfter }: DeviceAnswer): void {
  expect(status).toBe(503);
  expect(Number(retryAfter)).toBeGreaterThan(0);
}
const expectRefused = ({ reply }: DeviceAnswer) => {
  if (!reply) throw new Error("no CertRep");
  return expectFailure(reply, "badRequest");
};
const expectIssued = ({ reply, status }: DeviceAnswer) => {
  if (!reply) throw new Error(`no CertRep but ${status}`);
  return expectSuccess(reply).certificate;
};

describe("the good course", () => {
  it("validates, signs, notifies, and only then delivers, with two calls to the CA's object before the answer", async () => {
    const message = await build();
    deployment.calls.length = 0;
    await client.agent();
    let answer: DeviceAnswer | undefined;
    const [event] = await scepEvents(async () => (answer = await send(message)));
    if (!answer) throw new Error("no answer");
    const { serialNumberHex } = expectIssued(answer);
    expect(microsoft.seen.map(({ asked }) => asked)).toEqual(["validate", "success-notification"]);
    expect(event).toMatchObject({
      outcome: "issued",
      authorisation: `intune:connection of ${fleet.id}`,
      intune: [
        { hop: "validate", activityId: expect.any(String) },
        { hop: "success-notification", activityId: expect.any(String) },
      ],
    });
    await deployment.settle();
    expect(await rowsOf(message)).toEqual([
      { serial: serialNumberHex, status: "issued", delivery: "delivered" },
    ]);
    const enrolling = deployment.calls.filter((name) => name !== "nextCaCertificates");
    expect(enrolling).toEqual(["beginConsent", "issue", "recordDelivery"]);
  });

  it("threat 19: a replay gets the same certificate and asks Microsoft nothing", async () => {
    const message = await build();
    const first = expectIssued(await send(message));
    await deployment.settle();
    const asked = microsoft.seen.length;
    expect(expectIssued(await send(message)).serialNumberHex).toBe(first.serialNumberHex);
    expect(microsoft.seen).toHaveLength(asked);
  });

  it("threat 22: an account's security identifier is issued, because Microsoft validated the request", async () => {
    const sid = "tag:microsoft.com,2022-09-14:sid:S-1-5-21-1004336348-1177238915-682003330-512";
    const extensions = [scep.extensions.subjectAltName(scep.generalName.uri(sid))];
    const certificate = expectIssued(await send(await build({ extensions })));
    expect(Buffer.from(certificate.der).includes(sid)).toBe(true);
    microsoft.next("validate", refused("SubjectAltNameMismatch"));
    expectRefused(await send(await build({ extensions })));
  });

  it("does not advertise Renewal, and answers on Windows' address", async () => {
    const caps = await scep.getCACaps(deployment.fetch, `${client.url}/pkiclient.exe`);
    expect(caps).toContain("POSTPKIOperation");
    expect(caps).not.toContain("Renewal");
    const message = await build();
    expectIssued(await deployment.send(`${client.url}/pkiclient.exe`, message));
  });

  it("validates a renewal as well: an old certificate comes on top, and takes the place of nothing", async () => {
    const subject = scep.name("O=Fleet", "CN=renewing device");
    const old = expectIssued(await send(await build({ subject })));
    await deployment.settle();
    const renewal = async (more: object) =>
      await client.build({
        request: { key, subject, challenge, ...more },
        signer: { key, certificate: old },
        messageType: scep.messageTypes.RenewalReq,
      });
    microsoft.next("validate", refused("ChallengeExpired"));
    expectRefused(await send(await renewal({})));
    expectRefused(await send(await renewal({ challenge: undefined })));
    expect(expectIssued(await send(await renewal({}))).serialNumberHex).not.toBe(
      old.serialNumberHex,
    );
    // Threat 5: other names than the certificate's that signed.
    expectRefused(await send(await renewal({ subject: scep.name("O=Fleet", "CN=somebody else") })));
  });
});

describe("threat 17: a verdict other than exactly Success refuses, for good, and is never told back as a failure", () => {
  const codes = [...Object.keys(intuneCodes), "NewCodeOfTomorrow", "success", "SUCCESS", "(none)"];

  it(`whichever it is, known or not: ${codes.join(", ")}`, async () => {
    const messages: scep.PkiMessage[] = [];
    for (const code of codes) {
      microsoft.next("validate", refused(code));
      const message = await build();
      messages.push(message);
      const [event] = await scepEvents(async () => expectRefused(await send(message)));
      expect(event).toMatchObject({
        outcome: "refused",
        reason: "intune_refused",
        intuneCode: code,
        intune: [{ hop: "validate" }],
      });
      expect(await rowsOf(message)).toEqual([]);
    }
    await deployment.settle();
    expect(microsoft.count("failure-notification")).toBe(0);
    // The device may ask again, and is asked about again.
    for (const message of messages) expectIssued(await send(message));
    expect(microsoft.count("validate")).toBe(2 * codes.length);
  });

  it.each(["BadTenantIdInChallenge", "Unknown"])(
    "%s of the notification: FAILURE, the certificate withheld and revoked, and no failure told",
    async (code) => {
      microsoft.next("success-notification", refused(code));
      const message = await build();
      expectRefused(await send(message));
      await deployment.settle();
      expect(await rowsOf(message)).toMatchObject([
        { status: "cessationOfOperation", delivery: "refused" },
      ]);
      expect(microsoft.count("failure-notification")).toBe(0);
      expectRefused(await send(message));
      expect(microsoft.count("validate")).toBe(1);
    },
  );

  it("F16: an hour later the challenge has expired, which is a refusal; no certificate", async () => {
    const message = await build();
    microsoft.next("validate", trouble("validate"), refused("ChallengeExpired"));
    expectPostponed(await send(message));
    await deployment.settle();
    expectRefused(await send(message));
    expect(await rowsOf(message)).toEqual([]);
  });
});

describe("trouble is no verdict: 503 with Retry-After, never FAILURE, never PENDING", () => {
  const hops: IntuneHop[] = ["graph-token", "discovery", "intune-token", "validate"];
  it.each(hops.flatMap((hop) => [trouble(hop), misconfigured(hop)]))(
    "$kind at $hop before the verdict: nothing is issued, and a retry works at once",
    async (failure) => {
      microsoft.next("validate", failure);
      const message = await build();
      const [event] = await scepEvents(async () => expectPostponed(await send(message)));
      expect(event).toMatchObject({ outcome: "postponed", reason: `intune_${failure.kind}` });
      expect(event).not.toHaveProperty("pkiStatus");
      expect(await rowsOf(message)).toEqual([]);
      await deployment.settle();
      expectIssued(await send(message));
      expect(microsoft.count("failure-notification")).toBe(0);
    },
  );

  it.each([trouble("success-notification", 9), misconfigured("intune-token")])(
    "F12: $kind at the notification: undelivered; the same request again goes on there, signed once",
    async (failure) => {
      microsoft.next("success-notification", failure, failure);
      const message = await build();
      expectPostponed(await send(message));
      await deployment.settle();
      const [row, ...more] = await rowsOf(message);
      expect(more).toEqual([]);
      expect(row).toMatchObject({ status: "issued", delivery: "undelivered" });
      expectPostponed(await send(message));
      await deployment.settle();
      expect(expectIssued(await send(message)).serialNumberHex).toBe(row?.serial);
      expect(microsoft.count("validate")).toBe(1);
      expect(microsoft.count("success-notification")).toBe(3);
      await deployment.settle();
      expect(await rowsOf(message)).toEqual([{ ...row, delivery: "delivered" }]);
    },
  );

  it("F4: Microsoft's Retry-After reaches the device", async () => {
    microsoft.next("validate", trouble("validate", 3600));
    expect((await send(await build())).retryAfter).toBe("3600");
  });

  it("what an administrator must mend is said aloud, with what to click", async () => {
    const lines: string[] = [];
    const spy = vi
      .spyOn(console, "log")
      .mockImplementation((line) => void lines.push(String(line)));
    const codes = [
      ...["BadTenantIdInChallenge", "CertificateRequestDecodingFailed"],
      ...["SignatureValidationFailed", "ChallengeExpired"],
    ];
    microsoft.next("validate", misconfigured("graph-token"), ...codes.map((code) => refused(code)));
    expectPostponed(await send(await build()));
    for (const _ of codes) expectRefused(await send(await build()));
    spy.mockRestore();
    const alarms = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "alarm");
    expect(alarms).toMatchObject(
      [
        "intune_misconfigured",
        "intune_tenant_mismatch",
        "intune_request_unreadable",
        "intune_challenge_not_genuine",
      ].map((alarm) => ({
        ...{ alarm, tenant: fleet.id },
        ...{ remedy: expect.any(String), transactionID: expect.any(String) },
      })),
    );
  });
});

describe("threat 18: nothing takes the place of the validation", () => {
  it("no challenge is refused without asking", async () => {
    const { challenge: _, ...without } = { challenge, key };
    const message = await client.build({ request: without });
    expectRefused(await send(message));
    expect(microsoft.seen).toEqual([]);
  });

  it("no connection: nothing is issued, and it is no verdict on the device", async () => {
    const unfinished = createIntuneDeployment(microsoft);
    const message = await build();
    const { status } = await unfinished.send(client.url, message);
    expect(status).toBe(503);
    expect(microsoft.seen).toEqual([]);
  });

  it("requests that the template refuses are refused before Microsoft is asked", async () => {
    const small = scep.rsaKeyPair(1024);
    const { reply } = await send(await build({ key: small }));
    expectFailure(reply as scep.CertRep, "badAlg");
    const basic = scep.extensions.basicConstraints(true);
    expectRefused(await send(await build({ extensions: [basic] })));
    expect(microsoft.seen).toEqual([]);
  });

  it("a poll has nothing to find here, before and after delivery", async () => {
    const message = await build();
    microsoft.next("success-notification", trouble("success-notification"));
    expectPostponed(await send(message));
    const poll = await client.build({
      messageType: scep.messageTypes.CertPoll,
      request: { key },
      transactionID: message.transactionID,
      signer: message.signer,
    });
    const { reply } = await send(poll);
    expectFailure(reply as scep.CertRep, "badCertId");
  });
});
