/** Rollover of CAs that do not stand below one of ours: signed outside, or brought here with their key. */
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { keepUpSuccessions } from "../../src/administration/succession-upkeep.ts";
import { fromBase64, toPem } from "../../src/pki/bytes.ts";
import { parseCertificationRequest } from "../../src/pki/certification-request.ts";
import { authorities, expectOk } from "../support/authorities.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectSuccess } from "../support/expectations.ts";
import { certificatePem, privateKeyPem } from "../support/pem.ts";
import { later } from "../support/public-ca.ts";
import * as scep from "../support/scep-client/index.ts";
import { nothingDueBut, upkeepDependencies } from "../support/upkeep.ts";

const dependencies = upkeepDependencies({ events: [], told: [] });
const tick = () => keepUpSuccessions(dependencies);

interface Authority {
  readonly id: string;
  readonly state: string;
  readonly certificate: string;
}
interface Succession {
  readonly state: string;
  readonly rootChanges: boolean;
  readonly successor: Authority;
}

let tenant: Tenant;
/** Another tenant's CAs stand for the outside: nothing is seen of them here but their certificates. */
let outside: { readonly top: Authority; readonly upper: Authority };

beforeAll(async () => {
  tenant = await createTenant("Outside rollover");
  await nothingDueBut(tenant);
  const other = await createTenant("The outside");
  const top = await other.authority("Top", "P-256");
  const upper = await other.authority("Upper", "P-256", top);
  const show = (id: string) =>
    other.api.get<Authority>(other.path(`certificate-authorities/${id}`));
  outside = { top: await show(top), upper: await show(upper) };
});
afterEach(() => {
  vi.useRealTimers();
});

const at = (id: string, more = "") => tenant.path(`certificate-authorities/${id}${more}`);

/** Takes the request outside, and brings back what was signed there. */
async function certify(id: string): Promise<void> {
  const request = await (await tenant.api.request("GET", at(id, "/certification-request"))).text();
  const { subjectDer, publicKey } = parseCertificationRequest(
    fromBase64(request.replaceAll(/-----[^-]+-----/g, "")),
  );
  const signed = expectOk(
    await authorities.get(outside.upper.id).issueSubordinate({
      ...{ subjectDer, subjectPublicKeyInfoDer: publicKey.der, validitySeconds: 5 * 365 * 86_400 },
    }),
  );
  await tenant.api.post(at(id, "/certificate"), {
    certificate: toPem("CERTIFICATE", signed.certificateDer),
    chain: outside.upper.certificate + outside.top.certificate,
  });
}

const issuerAt = async (configuration: string): Promise<scep.Certificate> => {
  const [, issuer] = await scep.getCACert(fetchWorker, tenant.url(configuration));
  if (!issuer) throw new Error("no issuer");
  return issuer;
};

/** Enrols at the old CA, lets the next one take over, and renews there. */
async function walkThrough(id: string, configuration: string): Promise<void> {
  const { challenge } = await tenant.token(configuration);
  const key = scep.rsaKeyPair();
  const subject = scep.name("O=Demo", "CN=old");
  const first = await tenant.client(configuration).enrol({ request: { key, subject, challenge } });
  const { certificate } = expectSuccess(first);
  const before = await issuerAt(configuration);
  expect(scep.isSignedBy(certificate, before.spki)).toBe(true);
  await tick();
  expect(await tenant.api.post<Succession>(at(id, "/promote"))).toMatchObject({
    state: "promoted",
  });
  later(61);
  const after = await issuerAt(configuration);
  expect(after.der).not.toEqual(before.der);
  const renewed = await tenant.client(configuration).enrol({
    request: { key, subject },
    signer: { key, certificate },
    messageType: scep.messageTypes.RenewalReq,
  });
  expect(scep.isSignedBy(expectSuccess(renewed).certificate, after.spki)).toBe(true);
}

it("below an outside CA the next one waits for its certificate, and is announced within a minute after that", async () => {
  const { id } = await tenant.api.post<Authority>(tenant.path("certificate-authorities"), {
    ...{ name: "Signed outside", subject: "CN=Signed outside", keyAlgorithm: "P-256" },
    externalParent: true,
  });
  await certify(id);
  await tenant.configuration("signed-outside", { authority: "Signed outside" });

  const staged = await tenant.api.post<Succession>(at(id, "/successor"));
  expect(staged).toMatchObject({ state: "awaiting-certificate" });
  const early = await tenant.api.request("POST", at(id, "/promote"));
  expect(early.status).toBe(409);
  expect(await early.text()).toContain("has no certificate yet");
  await tick();
  later(61);
  const capabilities = () => scep.getCACaps(fetchWorker, tenant.url("signed-outside"));
  expect(await capabilities()).not.toContain("GetNextCACert");

  await certify(staged.successor.id);
  await tick();
  expect(await tenant.api.get<Succession>(at(id, "/successor"))).toMatchObject({
    ...{ state: "staged", rootChanges: false },
  });
  later(122);
  expect(await capabilities()).toContain("GetNextCACert");
  await walkThrough(id, "signed-outside");
});

it("a root that was brought here with its key is followed by a root that is made here", async () => {
  const key = scep.rsaKeyPair();
  const root = scep.buildCertificate({
    ...{ key, subject: scep.name("O=Old house", "CN=Old root") },
    extensions: [
      scep.extensions.basicConstraints(true),
      scep.extensions.keyUsage("keyCertSign", "cRLSign"),
    ],
  });
  const { id } = await tenant.api.post<Authority>(tenant.path("certificate-authorities/import"), {
    ...{ name: "Brought here", certificate: certificatePem(root), privateKey: privateKeyPem(key) },
  });
  await tenant.configuration("brought-here", { authority: "Brought here" });
  expect(await tenant.api.post<Succession>(at(id, "/successor"))).toMatchObject({
    ...{ state: "staged", rootChanges: true, successor: { origin: "hosted" } },
  });
  await walkThrough(id, "brought-here");
});

it("a CA that was brought here from below an outside one is followed by one that is signed there too", async () => {
  const key = scep.rsaKeyPair();
  const signed = expectOk(
    await authorities.get(outside.upper.id).issueSubordinate({
      subjectDer: scep.name("O=Old house", "CN=Old issuing"),
      subjectPublicKeyInfoDer: key.spki,
      validitySeconds: 5 * 365 * 86_400,
    }),
  );
  const { id } = await tenant.api.post<Authority>(tenant.path("certificate-authorities/import"), {
    name: "Brought from below",
    certificate: toPem("CERTIFICATE", signed.certificateDer),
    privateKey: privateKeyPem(key),
    chain: outside.upper.certificate + outside.top.certificate,
  });
  await tenant.configuration("from-below", { authority: "Brought from below" });
  const { state, successor } = await tenant.api.post<Succession>(at(id, "/successor"));
  expect(state).toBe("awaiting-certificate");
  await certify(successor.id);
  await walkThrough(id, "from-below");
});
