/** The ports that publication sees the world through. */
import type { CertificateAuthorities } from "../ports/certificate-authority.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventLog } from "../ports/event-log.ts";
import type { KeyWrapping } from "../ports/key-wrapping.ts";
import type { OcspResponderStore } from "../ports/ocsp-responder-store.ts";
import type { PublishedAuthorityStore } from "../ports/published-authority-store.ts";

export interface PublicationDependencies {
  readonly publishedAuthorities: PublishedAuthorityStore;
  readonly ocspResponders: OcspResponderStore;
  readonly authorities: CertificateAuthorities;
  readonly keyWrapping: KeyWrapping;
  readonly clock: Clock;
  readonly log: EventLog;
}

/** The part of the dependencies that a use case needs. */
export type Needs<Names extends keyof PublicationDependencies> = Pick<
  PublicationDependencies,
  Names
>;
