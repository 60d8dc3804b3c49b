/** Enrolment agents: the RSA key of a configuration and its certificate from the configuration's CA. */
import { nameConstraintsOf, parseLine } from "../ca/certification-path.ts";
import { checkNameConstraints, placeSubject } from "../ca/name-constraints.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { type DistinguishedName, encodeDistinguishedName } from "../pki/distinguished-name.ts";
import type { EnrolmentAgentEntry } from "../ports/enrolment-agent-store.ts";
import type { ConfigurationEntry } from "../ports/scep-configuration-directory.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import { conflict, notFound, type Outcome } from "./refusal.ts";

const validitySeconds = 2 * 365 * 24 * 3600;
/** X.520's upper bound for a common name. */
const longestCommonName = 64;
const commonName = "2.5.4.3";
const organizationName = "2.5.4.10";

/** A new agent takes over at once; the ones before it still open envelopes until their certificates end. */
export async function issueEnrolmentAgent(
  dependencies: Needs<
    | "configurations"
    | "tenants"
    | "authorityDirectory"
    | "authorities"
    | "keyWrapping"
    | "agents"
    | "configurationChanges"
    | "clock"
  >,
  access: TenantAccess<"configuration.manage">,
  configurationName: string,
): Promise<Outcome<EnrolmentAgentEntry>> {
  const {
    configurations,
    tenants,
    authorityDirectory,
    authorities,
    agents,
    configurationChanges,
    clock,
  } = dependencies;
  const configuration = await configurations.findConfiguration(access.tenantId, configurationName);
  const tenant = await tenants.findTenant(access.tenantId);
  if (!configuration || !tenant) return notFound("SCEP configuration");

  const authority = await authorityDirectory.findAuthority(
    access.tenantId,
    configuration.certificateAuthorityId,
  );
  if (authority?.ownAgent) {
    return conflict("The certificate authority is its own enrolment agent; it needs no other.");
  }

  const subject = await agentSubject(dependencies, configuration, tenant.name);
  if (!subject.ok) return subject;
  const now = clock.now();
  const id = createId(now);
  const key = await generateWrappedKey(dependencies, access, id);
  const issued = await authorities.get(configuration.certificateAuthorityId).issueEnrolmentAgent({
    configurationId: configuration.id,
    subjectDer: encodeDistinguishedName(subject.value),
    subjectPublicKeyInfoDer: key.subjectPublicKeyInfoDer,
    validitySeconds,
  });
  if (!issued.ok) {
    return conflict(
      issued.error.reason === "authority_closed"
        ? `The configuration's certificate authority was ${issued.error.because}: it issues nothing any more.`
        : "The configuration's certificate authority has no certificate yet.",
    );
  }

  const { certificateDer, serialNumberHex } = issued.value;
  const agent: EnrolmentAgentEntry = {
    id,
    tenantId: access.tenantId,
    configurationId: configuration.id,
    serialNumberHex,
    certificateDer,
    notAfter: parseCertificate(certificateDer).notAfter,
    createdAt: now,
  };
  const event = auditEvent(access, now, "enrolment-agent.issued", id, {
    configuration: configuration.name,
    serialNumber: serialNumberHex,
    notAfter: agent.notAfter,
  });
  await agents.addAgent({ ...agent, wrappedKey: key.wrappedKey }, event);
  configurationChanges.changed(configuration.id);
  return ok(agent);
}

/** Where the CA's name constraints ask for it, below the name that they permit. */
async function agentSubject(
  { authorityDirectory }: Needs<"authorityDirectory">,
  { name, certificateAuthorityId }: ConfigurationEntry,
  tenantName: string,
): Promise<Outcome<DistinguishedName>> {
  const line = parseLine((await authorityDirectory.findChain(certificateAuthorityId)) ?? []);
  const constraints = nameConstraintsOf(line);
  const usual = [
    [{ type: organizationName, value: tenantName.slice(0, longestCommonName) }],
    [{ type: commonName, value: `SCEP agent ${name}`.slice(0, longestCommonName) }],
  ];
  const subject = placeSubject(usual, constraints);
  const within = checkNameConstraints(subject, [], constraints);
  return within.ok
    ? ok(subject)
    : conflict(`There is no name for the agent: ${within.error.detail}`);
}

async function generateWrappedKey(
  { keyWrapping }: Needs<"keyWrapping">,
  access: TenantAccess,
  id: string,
) {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: "SHA-256",
  };
  const { privateKey, publicKey } = (await crypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const subjectPublicKeyInfoDer = new Uint8Array(
    (await crypto.subtle.exportKey("spki", publicKey)) as ArrayBuffer,
  );
  const pkcs8 = new Uint8Array((await crypto.subtle.exportKey("pkcs8", privateKey)) as ArrayBuffer);
  const wrappedKey = await keyWrapping.wrap(pkcs8, {
    tenant: access.tenantId,
    kind: "enrolment-agent-key",
    id,
  });
  pkcs8.fill(0);
  return { subjectPublicKeyInfoDer, wrappedKey };
}

export async function listEnrolmentAgents(
  { configurations, agents }: Needs<"configurations" | "agents">,
  access: TenantAccess<"configuration.read">,
  configurationName: string,
): Promise<Outcome<readonly EnrolmentAgentEntry[]>> {
  const configuration = await configurations.findConfiguration(access.tenantId, configurationName);
  return configuration
    ? ok(await agents.listAgents(access.tenantId, configuration.id))
    : notFound("SCEP configuration");
}
