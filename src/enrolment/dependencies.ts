/** What a PKIOperation stands on. */
import type { CertificateAuthorities } from "../ports/certificate-authority.ts";
import type { Clock } from "../ports/clock.ts";
import type { KeyWrapping } from "../ports/key-wrapping.ts";
import type { KnownTokens } from "./policies/token.ts";

export interface PkiOperationDependencies {
  readonly authorities: CertificateAuthorities;
  readonly tokens: KnownTokens;
  readonly keyWrapping: KeyWrapping;
  readonly clock: Clock;
}
