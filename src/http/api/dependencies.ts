/** What the API needs from outside; index.ts builds it from the adapters. */
import type { AdministrationDependencies } from "../../administration/dependencies.ts";
import type { Actor } from "../../administration/actor.ts";
import type { TenantAccess } from "../../administration/access.ts";
import type { IdempotencyStore } from "../../ports/idempotency-store.ts";

export interface ApiDependencies extends AdministrationDependencies {
  readonly idempotency: IdempotencyStore;
  /** Opens the API until an operator key was made. */
  readonly bootstrapOperatorKey: string | undefined;
  /** Told of every fault that was answered with 500. */
  readonly reportFault: (error: unknown) => void;
}

/** What the middleware finds out before a handler runs. */
export interface ApiEnvironment {
  Variables: {
    actor: Actor;
    /** On everything below `/tenants/{tenant}`. */
    access: TenantAccess;
  };
}
