/**
 * Where a CA publishes what relying parties ask for, and the extensions of its certificates that say so. They are made
 * once for an issuer, because every certificate carries them. Pure.
 */
import { authorityInfoAccessExtension, cRLDistributionPointsExtension } from "../pki/extensions.ts";

/** Which addresses a certificate carries. */
export interface RevocationAddresses {
  readonly crl: boolean;
  readonly ocsp: boolean;
  readonly caIssuers: boolean;
}

/** Ready-made extensions of the certificates that one CA issues. */
export interface IssuerAddresses {
  readonly crl: Uint8Array;
  /** authorityInfoAccess in its three forms; a certificate has at most one of them. */
  readonly ocsp: Uint8Array;
  readonly caIssuers: Uint8Array;
  readonly ocspAndCaIssuers: Uint8Array;
}

/** Everything public about a CA, below `/pki/{ca}/`. */
export const publicationPaths = (authorityId: string) => {
  const page = `/pki/${authorityId}/`;
  return {
    page,
    certificate: `${page}ca.cer`,
    chainP7c: `${page}chain.p7c`,
    chainPem: `${page}chain.pem`,
    crl: `${page}crl`,
    ocsp: `${page}ocsp`,
  } as const;
};

/** @param origin without a slash at the end; from configuration, never from a request */
export function issuerAddresses(origin: string, authorityId: string): IssuerAddresses {
  const paths = publicationPaths(authorityId);
  const ocsp = origin + paths.ocsp;
  const caIssuers = origin + paths.certificate;
  return {
    crl: cRLDistributionPointsExtension(origin + paths.crl),
    ocsp: authorityInfoAccessExtension({ ocsp }),
    caIssuers: authorityInfoAccessExtension({ caIssuers }),
    ocspAndCaIssuers: authorityInfoAccessExtension({ ocsp, caIssuers }),
  };
}

const all: RevocationAddresses = { crl: true, ocsp: true, caIssuers: true };

/** @param addresses absent for a root, which has nobody above it to ask */
export function addressExtensions(
  addresses: IssuerAddresses | undefined,
  { crl, ocsp, caIssuers } = all,
): readonly Uint8Array[] {
  if (!addresses) return [];
  const access =
    ocsp && caIssuers
      ? addresses.ocspAndCaIssuers
      : ocsp
        ? addresses.ocsp
        : caIssuers
          ? addresses.caIssuers
          : undefined;
  return [...(crl ? [addresses.crl] : []), ...(access ? [access] : [])];
}
