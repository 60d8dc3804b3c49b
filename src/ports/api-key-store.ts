/** API keys, known by the SHA-256 of their secret only. */
import type { AuditEvent } from "./audit-log.ts";
import type { MemberRole } from "./member-store.ts";
import type { Page, PageRequest } from "./page.ts";

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** Absent: an operator's key. */
  readonly tenantId?: string;
  readonly role: MemberRole;
  readonly createdAt: Date;
  readonly revokedAt?: Date;
}

/** Whose keys: a tenant's, or the operators'. */
export type ApiKeyOwner = { readonly tenantId: string } | "operators";

export interface ApiKeyStore {
  createApiKey(key: ApiKey, secretHash: Uint8Array, event: AuditEvent): Promise<void>;
  /** Revoked keys are not found. */
  findActiveApiKey(secretHash: Uint8Array): Promise<ApiKey | undefined>;
  /** Whether an operator key was ever made, revoked or not. */
  hasOperatorKey(): Promise<boolean>;
  findApiKey(owner: ApiKeyOwner, id: string): Promise<ApiKey | undefined>;
  listApiKeys(owner: ApiKeyOwner, page: PageRequest): Promise<Page<ApiKey>>;
  /** False when it is the last operator key in use, without which nobody could get in. */
  revokeApiKey(
    owner: ApiKeyOwner,
    id: string,
    revokedAt: Date,
    event: AuditEvent,
  ): Promise<boolean>;
}
