/**
 * A SCEP configuration made ready to answer: keys imported, constant answers built. Kept in the isolate for a stated
 * time, so that a steady enrolment reads no database.
 */
import type { CertificateTemplate } from "../ca/certificate-template.ts";
import { nameConstraintsOf, parseLine } from "../ca/certification-path.ts";
import { keyIdentifier } from "../ca/end-entity.ts";
import { rsaEncryptionIdentifierDer } from "../pki/algorithms.ts";
import { parseCertificate } from "../pki/certificate.ts";
import type { NameConstraints } from "../pki/name-constraints.ts";
import { createRecipientKey, type RecipientKey } from "../pki/rsa-key-transport.ts";
import type { SignerKey } from "../pki/cms-signed-data.ts";
import { createSignerKey } from "../pki/rsa-signer-key.ts";
import type {
  CertificateAuthorities,
  CertificateAuthorityClient,
} from "../ports/certificate-authority.ts";
import type { Clock } from "../ports/clock.ts";
import type { IntuneConnection } from "../ports/intune-connection.ts";
import type { KeyWrapping } from "../ports/key-wrapping.ts";
import type {
  EnrolmentConfiguration,
  EnrolmentConfigurationStore,
  ScepConfiguration,
  ScepConfigurationKind,
  StoredEnrolmentAgent,
} from "../ports/scep-configuration-store.ts";
import { caCapabilities } from "../scep/ca-capabilities.ts";
import { type CaCertificates, caCertificates } from "../scep/ca-certificates.ts";
import type { Responder } from "../scep/cert-rep.ts";
import type { Recipient } from "../scep/opened-message.ts";
import { AgedCache } from "./aged-cache.ts";
import { within } from "./deadline.ts";

export interface ServedConfiguration {
  readonly configuration: ScepConfiguration;
  readonly template: CertificateTemplate;
  readonly issuerSubjectDer: Uint8Array;
  /** Of the CA and of those above it. */
  readonly nameConstraints: readonly NameConstraints[];
  /** CAs whose place the configuration's CA has taken, the last one first: what they issued still counts. */
  readonly predecessors: readonly FormerAuthority[];
  /** The CA whose succession is under way or has not long been done: who fetches certificates is counted for it. */
  readonly successionOf: string | undefined;
  /** Why nothing is issued, for the operator; undefined: it is. */
  readonly closed: string | undefined;
  /** Whose certificates may be asked for here, and whose holders may ask. */
  readonly siblingConfigurationIds: readonly string[];
  /** Whose certificates renew here: those under the same template. */
  readonly familyConfigurationIds: readonly string[];
  readonly capabilities: string;
  readonly caCertificates: CaCertificates;
  /** The answer to GetNextCACert; undefined until a successor is staged. */
  readonly nextCaCertificates: Uint8Array | undefined;
  /** Signs replies, but for those to whom an earlier agent is the one they know. */
  readonly responder: Responder;
  /** Open envelopes: the current agent and earlier ones whose certificate has not ended. */
  readonly recipients: readonly ServedAgent[];
  /** Of kind `intune`: what validates its requests. Without one it issues nothing. */
  readonly intuneConnection: IntuneConnection | undefined;
}

export interface FormerAuthority {
  readonly id: string;
  readonly subjectDer: Uint8Array;
  readonly succeededAt: Date;
}

/** A key that opens envelopes, and signs the replies to what it has opened. */
export interface ServedAgent extends Recipient {
  readonly responder: Responder;
}

export interface ServedConfigurations {
  /** Undefined alike for an unknown tenant, an unknown name and a configuration that is not enabled. */
  find(
    kind: ScepConfigurationKind,
    tenantId: string,
    name: string,
  ): Promise<ServedConfiguration | undefined>;
  /** Forgets what this isolate knows of a configuration. */
  forget(configurationId: string): void;
}

interface ServingDependencies {
  readonly keyWrapping: KeyWrapping;
  readonly authorities: CertificateAuthorities;
  readonly clock: Clock;
}

export function createServedConfigurations(
  store: EnrolmentConfigurationStore,
  dependencies: ServingDependencies,
): ServedConfigurations {
  const cache = new AgedCache<ServedConfiguration>(dependencies.clock, 1000);
  return {
    find: (kind, tenantId, name) =>
      cache.find(`${kind}/${tenantId}/${name}`, async () => {
        const found = await store.findEnrolmentConfiguration(kind, tenantId, name);
        return found && (await serve(found, dependencies));
      }),
    forget: (configurationId) =>
      cache.forget(({ configuration }) => configuration.id === configurationId),
  };
}

const successorMilliseconds = 2000;

async function serve(
  found: EnrolmentConfiguration,
  { keyWrapping, authorities, clock }: ServingDependencies,
): Promise<ServedConfiguration | undefined> {
  const { configuration, template, issuer, chainDer } = found;
  const isAlive = ({ notAfter }: { readonly notAfter: Date }): boolean => notAfter > clock.now();
  const agents = await Promise.all(
    found.agents.filter(isAlive).map((agent) => importAgent(agent, configuration, keyWrapping)),
  );
  if (agents.length === 0) {
    const own = [{ id: configuration.certificateAuthorityId, ...issuer }, ...found.predecessors];
    for (const { id, certificateDer } of own.filter((one) => one.ownAgent && isAlive(one)))
      agents.push(await ownAgent(certificateDer, () => authorities.get(id)));
  }
  // GetCACert must answer also while the CA's object does not; a successor is then announced a little later.
  const nextCaCertificates = await within(
    successorMilliseconds,
    authorities.get(configuration.certificateAuthorityId).nextCaCertificates(),
  ).catch(() => undefined);
  const [current] = agents;
  // Half a configuration answers nothing.
  if (!configuration.enabled || !current || chainDer.length === 0) return undefined;
  return {
    configuration,
    template,
    siblingConfigurationIds: found.siblingConfigurationIds,
    familyConfigurationIds: found.familyConfigurationIds,
    issuerSubjectDer: parseCertificate(issuer.certificateDer).subjectDer,
    nameConstraints: nameConstraintsOf(parseLine(issuer.lineDer)),
    successionOf:
      found.stagedSuccessorId ??
      (found.predecessors.length > 0 ? configuration.certificateAuthorityId : undefined),
    predecessors: found.predecessors.map(({ id, certificateDer, succeededAt }) => ({
      id,
      subjectDer: parseCertificate(certificateDer).subjectDer,
      succeededAt,
    })),
    closed: issuer.closed,
    capabilities: caCapabilities(
      { ...configuration.wire, renewal: configuration.kind !== "intune" },
      nextCaCertificates !== undefined,
    ),
    nextCaCertificates,
    caCertificates: caCertificates(chainDer),
    responder: current.responder,
    recipients: agents,
    intuneConnection: found.intuneConnection,
  };
}

/**
 * The CA itself, for clients that insist on one certificate: its object opens and signs, the edge does the rest.
 * @param authority asked anew for each call, because a connection to an object belongs to one request
 */
async function ownAgent(
  certificateDer: Uint8Array,
  authority: () => CertificateAuthorityClient,
): Promise<ServedAgent> {
  const { issuerAndSerialNumberDer, publicKey } = parseCertificate(certificateDer);
  const key: SignerKey = {
    signatureAlgorithmDer: rsaEncryptionIdentifierDer,
    sign: (digest, octets) => authority().signCertRep(digest, octets),
  };
  const openContentKey: RecipientKey["openContentKey"] = (transport, encryptedKey, keyLength) =>
    authority().openContentKey(transport, encryptedKey, keyLength);
  return {
    responder: { certificateDer, issuerAndSerialNumberDer, key },
    issuerAndSerialNumberDer,
    subjectKeyIdentifier: await keyIdentifier(publicKey.bits),
    key: { openContentKey },
  };
}

async function importAgent(
  agent: StoredEnrolmentAgent,
  configuration: ScepConfiguration,
  keyWrapping: KeyWrapping,
): Promise<ServedAgent> {
  const { issuerAndSerialNumberDer, publicKey } = parseCertificate(agent.certificateDer);
  if (publicKey.kind !== "RSA") throw new Error(`Enrolment agent ${agent.id} has no RSA key.`);
  const context = {
    tenant: configuration.tenantId,
    kind: "enrolment-agent-key",
    id: agent.id,
  } as const;
  const pkcs8 = await keyWrapping.unwrap(agent.wrappedKey, context);
  return {
    responder: {
      certificateDer: agent.certificateDer,
      issuerAndSerialNumberDer,
      key: createSignerKey(pkcs8),
    },
    issuerAndSerialNumberDer,
    subjectKeyIdentifier: await keyIdentifier(publicKey.bits),
    key: createRecipientKey(pkcs8, publicKey.modulus),
  };
}
