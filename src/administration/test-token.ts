/** What the test of a configuration asks for, and the token that allows it once. */
import { checkNameConstraints, placeSubject } from "../ca/name-constraints.ts";
import { nameConstraintsOf, parseLine } from "../ca/certification-path.ts";
import { type DistinguishedName, encodeDistinguishedName } from "../pki/distinguished-name.ts";
import type { GeneralName } from "../pki/general-name.ts";
import type { ConfigurationEntry } from "../ports/scep-configuration-directory.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import { conflict, type Outcome } from "./refusal.ts";
import { hashSecret, randomChallenge } from "./secrets.ts";

const commonName = "2.5.4.3";
const lifeMilliseconds = 5 * 60_000;

export interface TestNames {
  readonly subject: DistinguishedName;
  readonly subjectDer: Uint8Array;
  readonly subjectAltNames: readonly GeneralName[];
  /** Of the RSA key. */
  readonly keyBits: number;
}

/** A name that nobody has, as the template and the CA's constraints want it. */
export async function testNames(
  { templates, authorityDirectory }: Needs<"templates" | "authorityDirectory">,
  access: TenantAccess,
  { certificateTemplateId, certificateAuthorityId }: ConfigurationEntry,
): Promise<Outcome<TestNames>> {
  const template = await templates.findTemplate(access.tenantId, certificateTemplateId);
  const rsa = template?.keys.rsa;
  if (!template || !rsa)
    return conflict(
      "The certificate template allows no RSA keys, and the test has no others: test with a device.",
    );
  const label = `edge-scep-test-${crypto.randomUUID().slice(0, 8)}`;
  const domain = template.requiredDomain?.domains[0];
  const places = template.requiredDomain?.in ?? [];
  const named = (value: string): DistinguishedName => [[{ type: commonName, value }]];
  const within = domain === undefined ? label : `${label}.${domain}`;
  const takes = (place: "dns" | "upn") =>
    places.includes(place) && template.subjectAltName.types.includes(place);
  const subjectAltNames: readonly GeneralName[] =
    domain === undefined
      ? []
      : takes("dns")
        ? [{ type: "dns", value: within }]
        : takes("upn")
          ? [{ type: "upn", value: `${label}@${domain}` }]
          : [];
  const line = parseLine((await authorityDirectory.findChain(certificateAuthorityId)) ?? []);
  const constraints = nameConstraintsOf(line);
  const subject = placeSubject(named(subjectAltNames.length > 0 ? label : within), constraints);
  const allowed = checkNameConstraints(subject, subjectAltNames, constraints);
  if (!allowed.ok)
    return conflict(`The CA's name constraints leave no name for a test: ${allowed.error.detail}`);
  return ok({
    subject,
    subjectDer: encodeDistinguishedName(subject),
    subjectAltNames,
    keyBits: Math.max(2048, rsa.minimumBits),
  });
}

/** For exactly these names, once, for a few minutes. Its challenge is for the caller alone. */
export async function makeTestToken(
  { tokens, clock }: Needs<"tokens" | "clock">,
  access: TenantAccess,
  configuration: ConfigurationEntry,
  { subject, subjectAltNames }: TestNames,
): Promise<{ readonly id: string; readonly challenge: string }> {
  const createdAt = clock.now();
  const id = createId(createdAt);
  const challenge = randomChallenge();
  const token = {
    id,
    tenantId: access.tenantId,
    configurationId: configuration.id,
    subject,
    subjectAltNames,
    maxUses: 1,
    expiresAt: new Date(createdAt.getTime() + lifeMilliseconds),
    createdAt,
  };
  const event = auditEvent(access, createdAt, "token.made-for-test", id, {
    configuration: configuration.name,
  });
  await tokens.createToken(token, await hashSecret(challenge), event);
  return { id, challenge };
}
