/** What is known of a request besides its octets. Pure data. */
import type { GeneralName } from "../pki/general-name.ts";

export interface RequestContext {
  /**
   * Microsoft has validated this very request, or will before anything is issued. Only then may it name an account's
   * security identifier (KB5014754).
   */
  readonly validatedByIntune: boolean;
  /** Those of the certificate that is renewed: a request that names none keeps them. */
  readonly heldSubjectAltNames?: readonly GeneralName[];
}
