/**
 * What a certificate template says: the rules by which a CA turns a certification request into a certificate.
 * Pure data; the checks live beside it, one file for each part of a certificate. A field that was added later is
 * optional, because templates are stored as they were written: its comment says what its absence means.
 */
import type { GeneralNameType } from "../pki/general-name.ts";
import type { KeyUsageName } from "../pki/key-usage.ts";
import type { RevocationAddresses } from "./publication-addresses.ts";

export interface CertificateTemplate {
  readonly id: string;
  readonly name: string;
  /** Increases by one whenever the template is changed. */
  readonly version: number;
  readonly validitySeconds: number;
  /** What a request may say about its validity; absent: honoured, and no longer than `validitySeconds`. */
  readonly requestedValidity?: {
    readonly honour: boolean;
    /** Absent: `validitySeconds`. */
    readonly maximumSeconds?: number;
  };
  /** How far notBefore lies in the past, for devices whose clocks are late. */
  readonly backdateSeconds: number;
  readonly keyUsage: {
    /** `request`: what was asked for within `allowed`, else `default`. `fixed`: always `default`. */
    readonly source: "request" | "fixed";
    readonly allowed: readonly KeyUsageName[];
    readonly default: readonly KeyUsageName[];
  };
  /** Object identifiers in dotted form. What was asked for within `allowed`, else `default`; and `always`. */
  readonly extendedKeyUsage: {
    readonly allowed: readonly string[];
    readonly default: readonly string[];
    /** In every certificate, whatever is asked for; absent: none. */
    readonly always?: readonly string[];
  };
  /** RFC 5280, section 4.2.1.4; absent: no such extension. */
  readonly certificatePolicies?: readonly CertificatePolicy[];
  readonly subjectAltName: {
    readonly types: readonly GeneralNameType[];
    /** Whether a literal wildcard DNS name may be issued. */
    readonly wildcardDns: boolean;
    /** The domains that DNS names, mail addresses, user principal names and hosts of URIs lie in; absent: any. */
    readonly domains?: readonly string[];
  };
  /** What every certificate must carry; absent: nothing of the kind. */
  readonly requiredDomain?: RequiredDomain;
  readonly subject: {
    /** An empty subject needs a subjectAltName (RFC 5280, section 4.1.2.6). */
    readonly allowEmpty: boolean;
    /** Absent: `optional`. */
    readonly commonName?: CommonNameRule;
  };
  readonly keys: {
    /** Smallest and largest RSA modulus in bits; absent: no RSA keys. */
    readonly rsa?: { readonly minimumBits: number; readonly maximumBits: number };
    readonly curves: readonly EllipticCurve[];
  };
  /** Which of the CA's public addresses the certificate carries; absent: all. */
  readonly revocationAddresses?: RevocationAddresses;
  readonly renewal: {
    /** How long before its end a certificate may be renewed; absent: at any time. */
    readonly earliestSecondsBeforeEnd?: number;
    /** How long after its end it still proves its holder. */
    readonly graceSecondsAfterEnd: number;
  };
  /** `verify-md5-too` also accepts MD5 signatures; `ignore` is for appliances whose signature cannot be trusted to verify. */
  readonly requestSignature: "verify" | "verify-md5-too" | "ignore";
}

export type EllipticCurve = "P-256" | "P-384";

export interface CertificatePolicy {
  /** Object identifier in dotted form. */
  readonly policy: string;
  /** Where the certification practice statement is read: ASCII. */
  readonly cpsUri?: string;
}

/** Where a certificate can carry a domain. */
export const domainPlaces = ["dns", "upn", "commonName"] as const;
export type DomainPlace = (typeof domainPlaces)[number];

/** At least one name in one of the places lies in one of the domains. */
export interface RequiredDomain {
  /** Of which network the domains are: when the network's change, the template gets a new version. */
  readonly network?: string;
  /** Lower case, without a dot at either end. */
  readonly domains: readonly string[];
  readonly in: readonly DomainPlace[];
}

/**
 * `optional`: a subject may do without, but an empty one is refused. `required`: there must be one.
 * `fill`: where it is absent or empty, the first subjectAltName of type dns, upn or email that fits takes its place.
 */
export const commonNameRules = ["optional", "required", "fill"] as const;
export type CommonNameRule = (typeof commonNameRules)[number];
