/** What a PKIOperation stands on. */
import type { CertificateAuthorities } from "../ports/certificate-authority.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventLog } from "../ports/event-log.ts";
import type { IntuneService } from "../ports/intune-service.ts";
import type { KeyWrapping } from "../ports/key-wrapping.ts";
import type { KnownTokens } from "./policies/token.ts";

export interface PkiOperationDependencies {
  readonly authorities: CertificateAuthorities;
  readonly tokens: KnownTokens;
  /** Asked for configurations of kind `intune`. */
  readonly intune?: IntuneService;
  readonly keyWrapping: KeyWrapping;
  readonly clock: Clock;
  readonly log: EventLog;
}
