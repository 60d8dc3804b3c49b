/**
 * The first of the two steps of issuing: writing down exactly what will be signed. The caller makes these octets
 * durable and has a `Signer` sign them, and nothing else. Extensions are built here, from the CA's own knowledge and
 * the granted values. Pure.
 */
import {
  authorityKeyIdentifierExtension,
  certificatePoliciesExtension,
  certificationAuthorityBasicConstraints,
  endEntityBasicConstraints,
  extendedKeyUsageExtension,
  keyUsageExtension,
  ocspNoCheckExtension,
  nameConstraintsExtension,
  subjectAltNameExtension,
  subjectKeyIdentifierExtension,
} from "../pki/extensions.ts";
import { authorityUsages, keyUsageBits } from "../pki/key-usage.ts";
import { oids } from "../pki/oids.ts";
import { buildTbsCertificate } from "../pki/tbs-certificate.ts";
import type { EndEntityContent } from "./end-entity.ts";
import { addressExtensions, type IssuerAddresses } from "./publication-addresses.ts";
import type { SerialNumber } from "./serial-number.ts";

/** What a CA knows of itself when it issues. */
export interface Issuer {
  readonly subjectDer: Uint8Array;
  readonly keyIdentifier: Uint8Array;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly notAfterSeconds: number;
  /** Where its certificates send relying parties; absent while a root signs its own. */
  readonly addresses?: IssuerAddresses;
}

/** Seconds since 1970; both ends belong to it (RFC 5280, section 4.1.2.5). */
export interface Validity {
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** Begins a little in the past, for clocks that are late, and never outlasts the issuer. */
export const validityFrom = (
  nowSeconds: number,
  {
    backdateSeconds,
    validitySeconds,
  }: Pick<EndEntityContent, "backdateSeconds" | "validitySeconds">,
  issuer: Pick<Issuer, "notAfterSeconds">,
): Validity => ({
  notBeforeSeconds: nowSeconds - backdateSeconds,
  notAfterSeconds: Math.min(nowSeconds + validitySeconds - 1, issuer.notAfterSeconds),
});

const emptyName = (nameDer: Uint8Array): boolean => nameDer.length === 2;

export function prepareEndEntity(
  content: EndEntityContent,
  validity: Validity,
  serialNumber: SerialNumber,
  issuer: Issuer,
): Uint8Array {
  const { subjectAltNameDer, extendedKeyUsage, certificatePoliciesDer } = content;
  return prepare({ ...content, ...validity }, serialNumber, issuer, [
    endEntityBasicConstraints,
    // The object's own lock, whatever the edge asked for.
    keyUsageExtension(content.keyUsage & ~authorityUsages),
    ...(extendedKeyUsage.length > 0 ? [extendedKeyUsageExtension(extendedKeyUsage)] : []),
    ...(subjectAltNameDer
      ? [subjectAltNameExtension(subjectAltNameDer, emptyName(content.subjectDer))]
      : []),
    ...addressExtensions(issuer.addresses, content.revocationAddresses),
    ...(certificatePoliciesDer ? [certificatePoliciesExtension(certificatePoliciesDer)] : []),
  ]);
}

/** What a certificate for a key of ours is about: an enrolment agent, a CA. */
export interface KeyContent extends Validity {
  readonly subjectDer: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
}

const agentUsages = keyUsageBits(["digitalSignature", "keyEncipherment"]);

/** RFC 8894, section 2.1.2: an RA certificate that signs replies and opens envelopes. */
export function prepareEnrolmentAgent(
  content: KeyContent,
  serialNumber: SerialNumber,
  issuer: Issuer,
): Uint8Array {
  return prepare(content, serialNumber, issuer, [
    endEntityBasicConstraints,
    keyUsageExtension(agentUsages),
    extendedKeyUsageExtension([oids.certificateRequestAgent]),
    ...addressExtensions(issuer.addresses),
  ]);
}

/**
 * RFC 6960, section 4.2.2.2: a key that speaks for the CA about revocation and about nothing else. No address to ask
 * about it: it is short-lived, and nobody asks a responder about itself.
 */
export function prepareOcspResponder(
  content: KeyContent,
  serialNumber: SerialNumber,
  issuer: Issuer,
): Uint8Array {
  return prepare(content, serialNumber, issuer, [
    endEntityBasicConstraints,
    keyUsageExtension(keyUsageBits(["digitalSignature"])),
    extendedKeyUsageExtension([oids.ocspSigning]),
    ocspNoCheckExtension,
  ]);
}

const certificationAuthorityUsages = keyUsageBits(["digitalSignature", "keyCertSign", "cRLSign"]);

/** What a CA's own certificate says about it and about those below it. */
export interface AuthorityConstraints {
  /** It opens envelopes itself, for clients that insist on one certificate. */
  readonly ownAgent?: boolean;
  readonly pathLength?: number;
  readonly nameConstraintsDer?: Uint8Array;
}

/** No keyEncipherment unless it must: Apple's clients would take the CA for the one to encrypt to. */
const constrainingExtensions = (constraints: AuthorityConstraints): Uint8Array[] => [
  certificationAuthorityBasicConstraints(constraints.pathLength),
  keyUsageExtension(
    constraints.ownAgent
      ? certificationAuthorityUsages | agentUsages
      : certificationAuthorityUsages,
  ),
  ...(constraints.nameConstraintsDer
    ? [nameConstraintsExtension(constraints.nameConstraintsDer)]
    : []),
];

/** What a CA asks an outside one for. */
export const authorityExtensions = (
  wished: AuthorityConstraints & Pick<KeyContent, "subjectKeyIdentifier">,
): Uint8Array[] => [
  ...constrainingExtensions(wished),
  subjectKeyIdentifierExtension(wished.subjectKeyIdentifier),
];

/** A root is its own issuer. */
export const prepareCertificationAuthority =
  (constraints: AuthorityConstraints) =>
  (content: KeyContent, serialNumber: SerialNumber, issuer: Issuer): Uint8Array =>
    prepare(content, serialNumber, issuer, [
      ...constrainingExtensions(constraints),
      ...addressExtensions(issuer.addresses),
    ]);

function prepare(
  content: KeyContent,
  serialNumber: SerialNumber,
  issuer: Issuer,
  extensions: readonly Uint8Array[],
): Uint8Array {
  return buildTbsCertificate({
    serialNumber: serialNumber.magnitude,
    signatureAlgorithmDer: issuer.signatureAlgorithmDer,
    issuerDer: issuer.subjectDer,
    notBeforeSeconds: content.notBeforeSeconds,
    notAfterSeconds: content.notAfterSeconds,
    subjectDer: content.subjectDer,
    subjectPublicKeyInfoDer: content.subjectPublicKeyInfoDer,
    extensions: [
      ...extensions,
      subjectKeyIdentifierExtension(content.subjectKeyIdentifier),
      authorityKeyIdentifierExtension(issuer.keyIdentifier),
    ],
  });
}
