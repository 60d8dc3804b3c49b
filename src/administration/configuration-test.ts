/**
 * "Test this configuration": what a device would do, step by step, through the addresses that devices use. The token
 * allows one certificate and is revoked, as is the certificate; neither challenge nor key leave this function.
 */
import { DecodeError } from "../pki/decode-error.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import { describeCertificate } from "../pki/certificate-description.ts";
import { readSignedData } from "../pki/cms-signed-data.ts";
import { readDer } from "../pki/der-reader.ts";
import type { CertificateTemplate } from "../ca/certificate-template.ts";
import { findPath } from "../ca/certification-path.ts";
import type { ConfigurationEntry } from "../ports/scep-configuration-directory.ts";
import type { ScepAnswer } from "../ports/scep-exchange.ts";
import { ok } from "../result.ts";
import { serialNumberHex } from "../scep/certificate-query.ts";
import { permit, type TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import { revokeCertificate } from "./certificate-revocation.ts";
import { configurationUrls } from "./configuration-urls.ts";
import { unmetNeeds } from "./configuration-warnings.ts";
import type { Needs } from "./dependencies.ts";
import { entitlementOf, switchedOff } from "./entitlement.ts";
import { decideEnrolmentRequest, listEnrolmentRequests } from "./enrolment-requests.ts";
import { conflict, notFound, type Outcome } from "./refusal.ts";
import { makeTestToken, type TestNames, testNames } from "./test-token.ts";
import { spokenBody, type TestEnrolment, testEnrolment } from "./test-enrolment.ts";
import { revokeToken } from "./tokens.ts";
import { searchTransactions } from "./transactions.ts";

export const testStepNames = [
  "capabilities",
  "ca-certificates",
  "template",
  "enrolment",
  "certificate",
  "revocation",
] as const;

export interface TestStep {
  readonly step: (typeof testStepNames)[number];
  readonly outcome: "ok" | "failed" | "not-tried";
  readonly detail: string;
  /** What to do about a failure. */
  readonly remedy?: string;
}

export interface TestReport {
  readonly passed: boolean;
  /** All steps, in their order. */
  readonly steps: readonly TestStep[];
}

export type TestNeeds = Needs<
  | "agents"
  | "auditLog"
  | "authorities"
  | "authorityDirectory"
  | "clock"
  | "configurationChanges"
  | "configurations"
  | "publicHttpOrigin"
  | "publicHttpsOrigin"
  | "scepExchange"
  | "templates"
  | "tenants"
  | "tokens"
  | "transactionDirectory"
>;

/** Everything that the test does has a permission of its own. */
const permissions = [
  "certificate.revoke",
  "token.revoke",
  "transaction.read",
  "enrolment-request.read",
  "enrolment-request.decide",
] as const;
type TestAccess = TenantAccess<(typeof permissions)[number]>;

export async function testConfiguration(
  dependencies: TestNeeds,
  access: TenantAccess<"configuration.manage">,
  name: string,
): Promise<Outcome<TestReport>> {
  const { configurations, auditLog, clock } = dependencies;
  const configuration = await configurations.findConfiguration(access.tenantId, name);
  if (!configuration) return notFound("SCEP configuration");
  const permitted = permit(access, ...permissions);
  if (!permitted.ok) return permitted;
  const entitled = await entitlementOf(dependencies, access);
  if (!entitled(configuration.kind)) return conflict(switchedOff(configuration.kind));
  if (!configuration.enabled)
    return conflict("It is not enabled, so no device could enrol: enable it first, then test it.");
  const done = await run(dependencies, permitted.value, configuration);
  const steps = testStepNames.map(
    (step) => done.find((one) => one.step === step) ?? notTried(step),
  );
  const passed = steps.every(({ outcome }) => outcome !== "failed");
  const details = { name, passed, steps: steps.map(({ step, outcome }) => `${step}: ${outcome}`) };
  await auditLog.recordAuditEvent(
    auditEvent(access, clock.now(), "scep-configuration.tested", configuration.id, details),
  );
  return ok({ passed, steps });
}

const notTried = (step: TestStep["step"]): TestStep => ({
  step,
  outcome: "not-tried",
  detail: "A step before it did not get so far.",
});

async function run(
  dependencies: TestNeeds,
  access: TestAccess,
  configuration: ConfigurationEntry,
): Promise<readonly TestStep[]> {
  const { url } = configurationUrls(dependencies, configuration);
  const { scepExchange, clock } = dependencies;
  const capabilities = await scepExchange.send(`${url}?operation=GetCACaps`);
  if (capabilities.status !== 200) return [failed("capabilities", capabilities)];
  const keywords = new TextDecoder().decode(capabilities.body).trim().split("\n");
  const steps = [passed("capabilities", keywords.join(", "))];

  const answer = await scepExchange.send(`${url}?operation=GetCACert`);
  const certificates = answer.status === 200 ? readCertificates(answer) : [];
  const agent = certificates.find((one) => one.publicKey.kind === "RSA");
  if (!agent) return [...steps, failed("ca-certificates", answer)];
  const path = await findPath(agent, certificates, clock.now());
  const count = `${certificates.length} certificate(s), ${answer.contentType}`;
  steps.push(
    passed(
      "ca-certificates",
      path.ok ? `${count}; complete up to the root.` : `${count}. ${path.error}`,
    ),
  );
  const template = await dependencies.templates.findTemplate(
    access.tenantId,
    configuration.certificateTemplateId,
  );
  if (template) steps.push(templateStep(configuration, template));
  if (configuration.kind === "intune") {
    const detail =
      "Only Microsoft can make the challenge of an Intune device. Validate the Intune authentication instead.";
    return [...steps, { step: "enrolment", outcome: "not-tried", detail }];
  }
  const names = await testNames(dependencies, access, configuration);
  if (!names.ok) {
    const { detail } = names.error;
    return [...steps, { step: "enrolment", outcome: "not-tried", detail }];
  }
  const enrolled = await enrolOnce(dependencies, access, configuration, {
    ...{ url, keywords, agent, certificates },
    names: names.value,
  });
  return [...steps, ...enrolled];
}

/** The enrolment below is one of a modern client: it succeeds where the clients of the preset may not. */
function templateStep(
  configuration: ConfigurationEntry,
  { name, ...template }: CertificateTemplate,
): TestStep {
  const unmet = unmetNeeds(configuration, template);
  const step = "template";
  return unmet.length === 0
    ? passed(step, `"${name}" has what the devices of this preset need.`)
    : {
        step,
        outcome: "failed",
        detail: `"${name}" does not suit the devices that this configuration was made for.`,
        remedy: unmet.join(" "),
      };
}

interface Setting {
  readonly url: string;
  readonly keywords: readonly string[];
  readonly agent: Certificate;
  readonly certificates: readonly Certificate[];
  readonly names: TestNames;
}

/** With a token that lives no longer than this. */
async function enrolOnce(
  dependencies: TestNeeds,
  access: TestAccess,
  configuration: ConfigurationEntry,
  setting: Setting,
): Promise<readonly TestStep[]> {
  const token = await makeTestToken(dependencies, access, configuration, setting.names);
  try {
    const enrolment = await testEnrolment(dependencies, configuration.wire, {
      ...setting,
      challengePassword: token.challenge,
    });
    return await afterEnrolment(dependencies, access, configuration, setting, enrolment);
  } finally {
    await revokeToken(dependencies, access, token.id);
  }
}

async function afterEnrolment(
  dependencies: TestNeeds,
  access: TestAccess,
  configuration: ConfigurationEntry,
  { certificates }: Setting,
  { transactionID, reply, detail, problem }: TestEnrolment,
): Promise<readonly TestStep[]> {
  const step = "enrolment";
  if (problem !== undefined || !reply) {
    const why = problem ?? "There was no answer.";
    return [
      {
        step,
        outcome: "failed",
        detail: why,
        ...(await remedyOf(dependencies, access, configuration, transactionID)),
      },
    ];
  }
  if (reply.pkiStatus === "FAILURE") {
    const said = `FAILURE, ${reply.failInfo}: ${reply.failInfoText}`;
    return [
      {
        step,
        outcome: "failed",
        detail: said,
        ...(await remedyOf(dependencies, access, configuration, transactionID)),
      },
    ];
  }
  if (reply.pkiStatus === "PENDING") {
    await rejectPending(dependencies, access, configuration, transactionID);
    return [
      passed(
        step,
        `${detail} PENDING: it waits for a person, as this configuration asks. It was rejected, so that nobody has to.`,
      ),
    ];
  }
  const shown = await describeCertificate(reply.certificate.der);
  const path = await findPath(reply.certificate, certificates, dependencies.clock.now());
  const serial = serialNumberHex(reply.certificate.serialNumber);
  const until = shown.notAfter.toISOString().slice(0, 10);
  const revoked = await revokeCertificate(dependencies, access, serial, "cessationOfOperation");
  return [
    passed(step, detail),
    {
      step: "certificate",
      outcome: path.ok ? "ok" : "failed",
      detail: `${shown.subject}, serial number ${serial}, until ${until}. ${path.ok ? "Verified up to the root." : path.error}`,
      ...(!path.ok && { remedy: "Add the certificates above the CA to the chain." }),
    },
    revoked.ok
      ? passed("revocation", "Revoked; OCSP says so within a minute, the CRL soon after.")
      : { step: "revocation", outcome: "failed", detail: revoked.error.detail },
  ];
}

/** The timeline is written a moment after the answer, by whichever request gathers it. */
const timelineTries = 6;
const timelineMilliseconds = 200;

/** What the timeline knows and the device was not told. */
async function remedyOf(
  dependencies: TestNeeds,
  access: TestAccess,
  { id }: ConfigurationEntry,
  transactionID: string,
): Promise<{ readonly remedy?: string }> {
  const page = { limit: 1 };
  for (let tries = 0; tries < timelineTries; tries++) {
    const { items } = await searchTransactions(dependencies, access, transactionID, page, id);
    const [latest] = items.map((item) => item.latest);
    const words = [latest?.detail, latest?.explanation?.remedy].filter(Boolean);
    if (words.length > 0) return { remedy: words.join(" ") };
    await new Promise((resolve) => void setTimeout(resolve, timelineMilliseconds));
  }
  return {};
}

async function rejectPending(
  dependencies: TestNeeds,
  access: TestAccess,
  { id }: ConfigurationEntry,
  transactionID: string,
): Promise<void> {
  const page = { limit: 100 };
  const { items } = await listEnrolmentRequests(dependencies, access, "pending", page);
  const own = items.find(
    (one) => one.configurationId === id && one.transactionID === transactionID,
  );
  if (!own) return;
  const reason = "A test of the configuration.";
  await decideEnrolmentRequest(dependencies, access, own.id, { approved: false, reason });
}

function readCertificates({ contentType, body }: ScepAnswer): readonly Certificate[] {
  try {
    return contentType === "application/x-x509-ca-cert"
      ? [parseCertificate(readDer(body).der)]
      : readSignedData(body).certificates.map(({ der }) => parseCertificate(der));
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

const passed = (step: TestStep["step"], detail: string): TestStep => ({
  step,
  outcome: "ok",
  detail,
});

function failed(step: TestStep["step"], { status, body }: ScepAnswer): TestStep {
  const said = status === 200 ? "The answer has no certificate to encrypt for." : spokenBody(body);
  return {
    step,
    outcome: "failed",
    detail: `HTTP ${status}: ${said}`,
    remedy:
      "Changes take up to a minute to hold everywhere: try again then. If it repeats, look at the CA's state and at the chain.",
  };
}
