/** CRLReason (RFC 5280, section 5.3.1), as CRL entries and OCSP answers carry it. Pure. */

/** Those that may be asked for. removeFromCRL belongs to delta CRLs only: whoever is released is off the list. */
export const crlReasonCodes = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;

export type RevocationReason = keyof typeof crlReasonCodes;

export const revocationReasons = Object.keys(crlReasonCodes) as readonly RevocationReason[];
