/**
 * Who may sign what (threats 2 to 5 and 38): every message type with every kind of signer, as one generated matrix.
 * The configuration under test stands on a CA that two tenants share.
 */
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { scepEvents } from "../support/events.ts";
import { expectFailure, expectPending, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

const day = 86_400_000;
const subject = scep.name("O=Demo", "CN=signer");
/** A certificate of ours that everybody knows of, and asks for. */
let asked: scep.Certificate;

let tenant: Tenant;
let neighbour: Tenant;
let client: scep.ScepClient;
let challenge: string;

beforeAll(async () => {
  [tenant, neighbour] = [await createTenant("Signers"), await createTenant("Neighbour")];
  await tenant.api.post(tenant.path("certificate-authorities"), {
    ...{ name: "Shared CA", subject: "CN=Shared CA,O=Demo", keyAlgorithm: "RSA-2048" },
    shared: true,
  });
  const authority = "Shared CA";
  const template = { validityDays: 3, backdateMinutes: 0 };
  client = await tenant.configuration("devices", { authority, template });
  await tenant.configuration("waiting", { authority, requiresApproval: true });
  await tenant.configuration("elsewhere");
  await neighbour.configuration("devices", { authority });
  await neighbour.configuration("waiting", { authority, requiresApproval: true });
  ({ challenge } = await tenant.token("devices"));
  asked = (await issuedTo(tenant, "devices")).certificate;
});

afterEach(() => {
  vi.useRealTimers();
});

async function issuedTo(owner: Tenant, configuration: string): Promise<scep.SignerPlan> {
  const { challenge } = await owner.token(configuration);
  const key = scep.rsaKeyPair();
  const request = { key, subject, challenge };
  const { certificate } = expectSuccess(await owner.client(configuration).enrol({ request }));
  return { key, certificate };
}

async function revokedAs(reason: string): Promise<scep.SignerPlan> {
  const signer = await issuedTo(tenant, "devices");
  await tenant.revoke(signer.certificate.serialNumberHex, reason);
  return signer;
}

/** Another key in a certificate with the names and numbers of a real one. */
function forged(original: scep.Certificate, changes: Partial<scep.CertificatePlan>) {
  const key = scep.rsaKeyPair();
  const { issuer, serialNumber } = original;
  const plan = { key, subject, issuer, serialNumber, ...changes };
  return { key, certificate: scep.buildCertificate(plan) };
}

const at = (time: number): void => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(time);
};

/** A stranger names another issuer than this CA; an impostor names this CA, which does not know it as this tenant's. */
type SignerClass = "stranger" | "holder" | "impostor" | "out of time" | "revoked";

type Make = () => Promise<scep.SignerPlan>;
/** The time at which the certificate is used; absent: now. */
type UsedAt = (certificate: scep.Certificate) => number;

const signers: Readonly<Record<string, readonly [SignerClass, Make, UsedAt?]>> = {
  "a self-signed certificate": [
    "stranger",
    async () => scep.selfSigned(scep.rsaKeyPair(), subject),
  ],
  "a certificate of another CA of the same tenant": [
    "stranger",
    () => issuedTo(tenant, "elsewhere"),
  ],
  "a certificate of a foreign CA": [
    "stranger",
    async () => {
      const key = scep.rsaKeyPair();
      const issued = { key, subject, issuer: scep.name("CN=Foreign CA") };
      const certificate = scep.buildCertificate({ ...issued, signingKey: scep.rsaKeyPair() });
      return { key, certificate };
    },
  ],
  "our valid certificate": ["holder", () => issuedTo(tenant, "devices")],
  "a certificate that the shared CA issued to another tenant": [
    "impostor",
    () => issuedTo(neighbour, "devices"),
  ],
  "a forged certificate with our CA's name and a real serial number": [
    "impostor",
    async () => forged(asked, {}),
  ],
  "a forged certificate with our CA's name and an unknown serial number": [
    "impostor",
    async () => forged(asked, { serialNumber: scep.fromHex("0102030405060708090a") }),
  ],
  "a forged certificate for the key of a real one, its validity prolonged": [
    "impostor",
    async () => {
      const { key, certificate } = await issuedTo(tenant, "devices");
      const notAfter = new Date(Date.now() + 365 * day);
      return { key, certificate: forged(certificate, { key, notAfter }).certificate };
    },
  ],
  "our expired certificate": [
    "out of time",
    () => issuedTo(tenant, "devices"),
    ({ notAfter }) => notAfter.getTime() + 60_000,
  ],
  "a certificate of ours that is not valid yet": [
    "out of time",
    () => issuedTo(tenant, "devices"),
    ({ notBefore }) => notBefore.getTime() - 60_000,
  ],
  "our revoked certificate": ["revoked", () => revokedAs("keyCompromise")],
  "our certificate on hold": ["revoked", () => revokedAs("certificateHold")],
};

const made = new Map<Make, Promise<scep.SignerPlan>>();

/** Each is made once, for it is dear; every message has a transaction of its own. */
async function signerOf(make: Make, usedAt?: UsedAt): Promise<scep.SignerPlan> {
  const making = made.get(make) ?? make();
  made.set(make, making);
  const signer = await making;
  if (usedAt) at(usedAt(signer.certificate));
  return signer;
}

const { RenewalReq, PKCSReq, CertPoll, GetCert, GetCRL } = scep.messageTypes;
const messages: Readonly<Record<string, readonly [type: string, withChallenge: boolean]>> = {
  RenewalReq: [RenewalReq, false],
  "RenewalReq with a right challenge": [RenewalReq, true],
  PKCSReq: [PKCSReq, false],
  "PKCSReq with a right challenge": [PKCSReq, true],
  CertPoll: [CertPoll, false],
  GetCert: [GetCert, false],
  GetCRL: [GetCRL, false],
};

type Expected = "SUCCESS" | readonly [scep.FailInfoName, reason: string];

const notOurs = ["badMessageCheck", "signer_not_ours"] as const;
const notValid = ["badRequest", "signer_not_valid"] as const;
const noTransaction = ["badCertId", "transaction_unknown"] as const;

const expectations: Readonly<Record<SignerClass, Readonly<Record<string, Expected>>>> = {
  // RFC 8894, section 2.4: such a certificate authenticates nobody; the challenge does.
  stranger: {
    ...{ RenewalReq: notOurs, "RenewalReq with a right challenge": notOurs },
    PKCSReq: ["badRequest", "challenge_invalid"],
    "PKCSReq with a right challenge": "SUCCESS",
    ...{ CertPoll: noTransaction, GetCert: notOurs, GetCRL: notOurs },
  },
  holder: {
    ...{ RenewalReq: "SUCCESS", "RenewalReq with a right challenge": "SUCCESS" },
    ...{ PKCSReq: "SUCCESS", "PKCSReq with a right challenge": "SUCCESS" },
    ...{ CertPoll: noTransaction, GetCert: "SUCCESS", GetCRL: "SUCCESS" },
  },
  impostor: {
    ...{ RenewalReq: notOurs, "RenewalReq with a right challenge": notOurs },
    ...{ PKCSReq: notOurs, "PKCSReq with a right challenge": notOurs },
    ...{ CertPoll: noTransaction, GetCert: notOurs, GetCRL: notOurs },
  },
  "out of time": {
    ...{ RenewalReq: notValid, "RenewalReq with a right challenge": notValid },
    ...{ PKCSReq: notValid, "PKCSReq with a right challenge": notValid },
    ...{ CertPoll: noTransaction, GetCert: notValid, GetCRL: notValid },
  },
  // Its device must enrol anew, with a challenge and a certificate that it signs itself.
  revoked: {
    ...{ RenewalReq: notValid, "RenewalReq with a right challenge": notValid },
    ...{ PKCSReq: notValid, "PKCSReq with a right challenge": notValid },
    ...{ CertPoll: noTransaction, GetCert: notValid, GetCRL: notValid },
  },
};

const issuing: readonly string[] = [RenewalReq, PKCSReq];

const inventory = async (): Promise<number> =>
  (await tenant.certificates("")).length + (await neighbour.certificates("")).length;

const payloadOf = (messageType: string): { readonly payload?: scep.Bytes } => {
  if (issuing.includes(messageType)) return {};
  const names = scep.sequence(asked.issuer, subject);
  const { issuer, serialNumber } = asked;
  const one = scep.sequence(issuer, scep.tlv(scep.tag.integer, serialNumber));
  return { payload: messageType === CertPoll ? names : one };
};

const matrix = Object.entries(signers).flatMap(([signedWith, [signerClass, make, usedAt]]) =>
  Object.entries(messages).map(([message, [messageType, withChallenge]]) => {
    const expected = expectations[signerClass][message];
    if (expected === undefined) throw new Error(`nothing is said about ${message}`);
    const title = `${message}, signed with ${signedWith}: ${String(expected)}`;
    return { title, make, usedAt, messageType, withChallenge, expected };
  }),
);

describe("the matrix of message types and signers", () => {
  for (const { title, make, usedAt, messageType, withChallenge, expected } of matrix) {
    it(title, async () => {
      const signer = await signerOf(make, usedAt);
      const before = await inventory();
      // For the signer's own key, so that nothing but the signer decides.
      const request = { key: signer.key, subject, ...(withChallenge && { challenge }) };
      const plan = { request, signer, messageType, ...payloadOf(messageType) };
      const sent = await client.build(plan);
      let reply: scep.CertRep | undefined;
      const [event] = await scepEvents(async () => (reply = await client.send(sent)));
      if (!reply) throw new Error("no reply");
      if (expected === "SUCCESS") {
        expectSuccess(reply);
        expect(event).toMatchObject({
          pkiStatus: "SUCCESS",
          outcome: issuing.includes(messageType) ? "issued" : "answered",
        });
      } else {
        const [failInfo, reason] = expected;
        expectFailure(reply, failInfo);
        expect(event).toMatchObject({ pkiStatus: "FAILURE", failInfo, reason, outcome: "refused" });
      }
      const issued = expected === "SUCCESS" && issuing.includes(messageType) ? 1 : 0;
      expect((await inventory()) - before).toBe(issued);
    });
  }

  it("the sentence to the device does not tell a forged certificate from another tenant's", async () => {
    for (const messageType of Object.values(scep.messageTypes)) {
      const sentences = new Set<string | undefined>();
      for (const [signerClass, make] of Object.values(signers)) {
        if (signerClass !== "impostor") continue;
        const signer = await signerOf(make);
        const plan = { request: { key: signer.key, subject }, signer, messageType };
        const reply = await client.enrol({ ...plan, ...payloadOf(messageType) });
        sentences.add(expectFailure(reply, "badMessageCheck", "badCertId").failInfoText);
      }
      expect(sentences.size).toBe(1);
    }
  });
});

describe("what is another tenant's is not there (threat 38)", () => {
  const getCert = (signer: scep.SignerPlan, issuer: scep.Bytes, serialNumber: Uint8Array) =>
    client.enrol({
      request: { key: signer.key },
      signer,
      messageType: GetCert,
      payload: scep.sequence(issuer, scep.tlv(scep.tag.integer, serialNumber)),
    });

  it("GetCert answers alike for the neighbour's certificate, another CA's, and none at all", async () => {
    const signer = await issuedTo(tenant, "devices");
    const theirs = (await issuedTo(neighbour, "devices")).certificate;
    const elsewhere = (await issuedTo(tenant, "elsewhere")).certificate;
    const unknown = scep.fromHex("0102030405060708090a");
    const answers = [
      await getCert(signer, theirs.issuer, theirs.serialNumber),
      await getCert(signer, theirs.issuer, unknown),
      await getCert(signer, elsewhere.issuer, elsewhere.serialNumber),
      await getCert(signer, asked.issuer, elsewhere.serialNumber),
      await getCert(signer, scep.name("CN=Nobody's CA"), asked.serialNumber),
    ];
    const said = answers.map((answer) => expectFailure(answer, "badCertId").failInfoText);
    expect(new Set(said).size).toBe(1);
    // The neighbour has it.
    expect(await neighbour.certificates(theirs.serialNumberHex)).toHaveLength(1);
  });

  it("CertPoll answers alike for the neighbour's transaction, of the same key even, and none at all", async () => {
    const key = scep.rsaKeyPair();
    const signer = scep.selfSigned(key);
    const transactionID = scep.transactionIDOf(key);
    const plan = { request: { key, subject }, signer, transactionID };
    expectPending(await neighbour.client("waiting").enrol(plan));
    const poll = { ...plan, messageType: CertPoll, ...payloadOf(CertPoll) };
    const ours = tenant.client("waiting");
    const answers = [
      await ours.enrol(poll),
      await ours.enrol({ ...poll, transactionID: "0123456789ABCDEF" }),
    ];
    const said = answers.map((answer) => expectFailure(answer, "badCertId").failInfoText);
    expect(new Set(said).size).toBe(1);
    expectPending(await neighbour.client("waiting").enrol(poll));
  });

  it("a transactionID of the neighbour's is free here", async () => {
    const transactionID = "A0A0A0A0A0A0A0A0";
    const { challenge: theirs } = await neighbour.token("devices");
    const theirRequest = { key: scep.rsaKeyPair(), subject, challenge: theirs };
    const there = await neighbour.client("devices").enrol({ request: theirRequest, transactionID });
    const here = await client.enrol({
      ...{ request: { key: scep.rsaKeyPair(), subject, challenge }, transactionID },
    });
    expect(expectSuccess(here).certificate.serialNumberHex).not.toBe(
      expectSuccess(there).certificate.serialNumberHex,
    );
  });
});
