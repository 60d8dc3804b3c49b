/** What the portal needs from outside; index.ts builds it from the adapters. */
import type { AdministrationDependencies } from "../../administration/dependencies.ts";
import type { Environment } from "../../env.ts";
import type { AccessVerifier } from "./sign-in/access-verifier.ts";
import type { SessionStore } from "../../ports/session-store.ts";

export interface PortalDependencies extends AdministrationDependencies {
  readonly environment: Environment;
  readonly sessions: SessionStore;
  /** Present: Cloudflare Access stands in front, and nobody gets in without its word. */
  readonly accessVerifier: AccessVerifier | undefined;
  /** Told of every fault that was answered with 500. */
  readonly reportFault: (error: unknown) => void;
}
