/** When a certificate for a key of our own gets its successor. */

/** A third of its life remains. Undefined for one that ends with its CA: another would not live longer. */
export function renewalTime(
  { notBefore, notAfter }: { readonly notBefore: Date; readonly notAfter: Date },
  issuer: { readonly notAfter: Date },
): Date | undefined {
  if (notAfter >= issuer.notAfter) return undefined;
  return new Date(notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) / 3);
}
