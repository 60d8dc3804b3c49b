/** The identity providers that tenants brought themselves, one each. */
import type { AuditEvent } from "./audit-log.ts";

export interface SignInProvider {
  readonly tenantId: string;
  readonly issuer: string;
  readonly clientId: string;
  /** The client secret under the master key; additional data: tenant, `sign-in-secret`, tenant. */
  readonly wrappedSecret: Uint8Array;
  readonly createdAt: Date;
  /** The tenant states that its mail addresses can be trusted where it does not say that it verified them. */
  readonly trustEmail: boolean;
}

export interface SignInProviderStore {
  /** Takes the place of the one before, whose sessions end with it. */
  putSignInProvider(provider: SignInProvider, event: AuditEvent): Promise<void>;
  findSignInProvider(tenantId: string): Promise<SignInProvider | undefined>;
  /** Ends the sessions that it opened. False when there was none. */
  removeSignInProvider(tenantId: string, event: AuditEvent): Promise<boolean>;
}
