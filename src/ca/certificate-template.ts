/**
 * What a certificate template says: the rules by which a CA turns a certification request into a certificate.
 * Pure data; the checks live in key-policy.ts, subject-policy.ts and extension-policy.ts.
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
  /** How far notBefore lies in the past, for devices whose clocks are late. */
  readonly backdateSeconds: number;
  readonly keyUsage: {
    /** `request`: what was asked for within `allowed`, else `default`. `fixed`: always `default`. */
    readonly source: "request" | "fixed";
    readonly allowed: readonly KeyUsageName[];
    readonly default: readonly KeyUsageName[];
  };
  /** Object identifiers in dotted form. What was asked for within `allowed`, else `default`. */
  readonly extendedKeyUsage: {
    readonly allowed: readonly string[];
    readonly default: readonly string[];
  };
  readonly subjectAltName: {
    readonly types: readonly GeneralNameType[];
    /** Whether a literal wildcard DNS name may be issued. */
    readonly wildcardDns: boolean;
  };
  readonly subject: {
    /** An empty subject needs a subjectAltName (RFC 5280, section 4.1.2.6). */
    readonly allowEmpty: boolean;
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
