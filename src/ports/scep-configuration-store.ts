/** SCEP configurations as an enrolment needs them: one read that brings everything, cached by its reader. */
import type { CertificateTemplate } from "../ca/certificate-template.ts";
import type { ContentEncryptionName, DigestName } from "../pki/algorithms.ts";
import type { IntuneConnection } from "./intune-connection.ts";

export type ScepConfigurationKind = "simple" | "intune";

/** What a configuration lets its clients do on the wire. */
export interface WireSettings {
  readonly contentEncryption: readonly ContentEncryptionName[];
  readonly digests: readonly DigestName[];
  /** SCEP over `http:` is answered too. */
  readonly plainHttp: boolean;
}

export interface ScepConfiguration {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly kind: ScepConfigurationKind;
  readonly certificateAuthorityId: string;
  readonly enabled: boolean;
  /** Requests wait until a person has approved them. */
  readonly requiresApproval: boolean;
  readonly wire: WireSettings;
}

export interface StoredEnrolmentAgent {
  readonly id: string;
  readonly certificateDer: Uint8Array;
  /** PKCS #8, wrapped with kind `enrolment-agent-key`, the configuration's tenant and this row's id. */
  readonly wrappedKey: Uint8Array;
  readonly notAfter: Date;
}

/** All that answers SCEP messages of one configuration. */
export interface EnrolmentConfiguration {
  readonly configuration: ScepConfiguration;
  readonly template: CertificateTemplate;
  readonly issuer: {
    readonly certificateDer: Uint8Array;
    readonly notAfter: Date;
    /** Opens envelopes and signs replies itself when the configuration has no enrolment agent. */
    readonly ownAgent: boolean;
    /** Its own certificate and all those above it. */
    readonly lineDer: readonly Uint8Array[];
    /** Why nothing may be issued, for the operator: it was retired, or it or one above it revoked. */
    readonly closed: string | undefined;
  };
  /** The CA that is staged to take the issuer's place. */
  readonly stagedSuccessorId?: string;
  /** CAs whose place the issuer has taken, the last one first. */
  readonly predecessors: readonly {
    readonly id: string;
    readonly certificateDer: Uint8Array;
    readonly notAfter: Date;
    readonly ownAgent: boolean;
    readonly succeededAt: Date;
  }[];
  /** The tenant's configurations of this kind on this CA, this one included: whose certificates may be asked for here. */
  readonly siblingConfigurationIds: readonly string[];
  /** Those of them that are enabled and issue by the same template: whose certificates renew here. */
  readonly familyConfigurationIds: readonly string[];
  /** DER of the certificates GetCACert answers with, in the configured order, duplicates kept. */
  readonly chainDer: readonly Uint8Array[];
  /** The newest of the configuration's own CA first, which signs; all of them open envelopes until their certificate ends. */
  readonly agents: readonly StoredEnrolmentAgent[];
  /** Of kind `intune`: what validates its requests. Without one it issues nothing. */
  readonly intuneConnection?: IntuneConnection;
}

export interface EnrolmentConfigurationStore {
  /** Undefined when tenant, kind or name do not exist; a disabled configuration is returned as such. */
  findEnrolmentConfiguration(
    kind: ScepConfigurationKind,
    tenantId: string,
    name: string,
  ): Promise<EnrolmentConfiguration | undefined>;
}
