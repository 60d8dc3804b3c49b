/**
 * An enrolment agent comes into being in three steps, each of which may be the last one of its process:
 * 1. A row with the wrapped key, by one conditional insert: of several who try at once, one makes the key.
 * 2. The CA certifies that key. It gives a key one certificate, so whoever finds the row asks again.
 * 3. The agent takes the row's place, with its audit event; those before it need no successor any more.
 */
import { nameConstraintsOf, parseLine } from "../ca/certification-path.ts";
import { checkNameConstraints, placeSubject } from "../ca/name-constraints.ts";
import { renewalTime } from "../ca/renewal-time.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { type DistinguishedName, encodeDistinguishedName } from "../pki/distinguished-name.ts";
import type {
  AgentOccasion,
  BegunEnrolmentAgent,
  EnrolmentAgentEntry,
} from "../ports/enrolment-agent-store.ts";
import type { ConfigurationEntry } from "../ports/scep-configuration-directory.ts";
import { err, ok, type Result } from "../result.ts";
import { type ActingParty, auditEvent } from "./audit-events.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";

const validitySeconds = 2 * 365 * 24 * 3600;
/** X.520's upper bound for a common name. */
const longestCommonName = 64;
const commonName = "2.5.4.3";
const organizationName = "2.5.4.10";

export type AgentMakingNeeds = Needs<
  | "tenants"
  | "authorityDirectory"
  | "authorities"
  | "keyWrapping"
  | "agents"
  | "configurationChanges"
  | "clock"
>;

export type AgentRefusal =
  /** The CA issues nothing any more, and so its agents end with their certificates. */
  | { readonly reason: "closed"; readonly detail: string }
  | { readonly reason: "not_possible"; readonly detail: string };

/** For whom, certified by which CA, and by whose wish. */
export interface AgentWish {
  readonly configuration: ConfigurationEntry;
  readonly certificateAuthorityId: string;
  readonly occasion: AgentOccasion;
  readonly by: ActingParty;
}

/** Undefined: somebody else was faster, and the occasion has passed. */
export async function makeAgent(
  dependencies: AgentMakingNeeds,
  wish: AgentWish,
): Promise<Result<EnrolmentAgentEntry | undefined, AgentRefusal>> {
  const { configuration, certificateAuthorityId, occasion } = wish;
  const subject = await agentSubject(dependencies, configuration, certificateAuthorityId);
  if (!subject.ok) return subject;
  const { agents } = dependencies;
  const begun =
    (await agents.findBegunAgent(configuration.id, certificateAuthorityId)) ??
    (await agents.beginAgent(await newKey(dependencies, wish), occasion));
  return begun ? await finish(dependencies, wish, begun, subject.value) : ok(undefined);
}

async function finish(
  { authorities, authorityDirectory, agents, configurationChanges, clock }: AgentMakingNeeds,
  { configuration, certificateAuthorityId, occasion, by }: AgentWish,
  begun: BegunEnrolmentAgent,
  subject: DistinguishedName,
): Promise<Result<EnrolmentAgentEntry, AgentRefusal>> {
  const issued = await authorities.get(certificateAuthorityId).issueEnrolmentAgent({
    configurationId: configuration.id,
    subjectDer: encodeDistinguishedName(subject),
    subjectPublicKeyInfoDer: begun.subjectPublicKeyInfoDer,
    validitySeconds,
  });
  if (!issued.ok) {
    return issued.error.reason === "authority_closed"
      ? refuse(
          "closed",
          `The certificate authority was ${issued.error.because}: it issues nothing any more.`,
        )
      : refuse("not_possible", "The certificate authority has no certificate that is valid now.");
  }
  const { certificateDer, serialNumberHex } = issued.value;
  const { notBefore, notAfter } = parseCertificate(certificateDer);
  const [issuerDer] = (await authorityDirectory.findChain(certificateAuthorityId)) ?? [];
  const renewAt = issuerDer && renewalTime({ notBefore, notAfter }, parseCertificate(issuerDer));
  const certificate = { certificateDer, serialNumberHex, notAfter, ...definedFields({ renewAt }) };
  const event = auditEvent(by, clock.now(), "enrolment-agent.issued", begun.id, {
    configuration: configuration.name,
    certificateAuthority: certificateAuthorityId,
    serialNumber: serialNumberHex,
    notAfter,
    ...(occasion.kind === "renewal" && { replaces: occasion.agentId }),
  });
  await agents.completeAgent(begun, certificate, event);
  configurationChanges.changed(configuration.id);
  const { id, tenantId, configurationId, createdAt } = begun;
  return ok({ id, tenantId, configurationId, certificateAuthorityId, createdAt, ...certificate });
}

const refuse = (reason: AgentRefusal["reason"], detail: string): Result<never, AgentRefusal> =>
  err({ reason, detail });

/** Where the CA's name constraints ask for it, below the name that they permit. */
async function agentSubject(
  { authorityDirectory, tenants }: AgentMakingNeeds,
  { tenantId, name }: ConfigurationEntry,
  certificateAuthorityId: string,
): Promise<Result<DistinguishedName, AgentRefusal>> {
  const tenant = await tenants.findTenant(tenantId);
  if (!tenant) throw new Error(`Configuration "${name}" has no tenant.`);
  const line = parseLine((await authorityDirectory.findChain(certificateAuthorityId)) ?? []);
  const constraints = nameConstraintsOf(line);
  const usual = [
    [{ type: organizationName, value: tenant.name.slice(0, longestCommonName) }],
    [{ type: commonName, value: `SCEP agent ${name}`.slice(0, longestCommonName) }],
  ];
  const subject = placeSubject(usual, constraints);
  const within = checkNameConstraints(subject, [], constraints);
  return within.ok
    ? ok(subject)
    : refuse("not_possible", `There is no name for the agent: ${within.error.detail}`);
}

async function newKey(
  { keyWrapping, clock }: AgentMakingNeeds,
  { configuration, certificateAuthorityId }: AgentWish,
): Promise<BegunEnrolmentAgent> {
  const createdAt = clock.now();
  const id = createId(createdAt);
  const { tenantId } = configuration;
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
  const context = { tenant: tenantId, kind: "enrolment-agent-key", id } as const;
  const wrappedKey = await keyWrapping.wrap(pkcs8, context);
  pkcs8.fill(0);
  return {
    ...{ id, tenantId, configurationId: configuration.id, certificateAuthorityId },
    ...{ subjectPublicKeyInfoDer, wrappedKey, createdAt },
  };
}
