/** API keys of a tenant, or of the operators. */
import type { ApiKey, ApiKeyOwner } from "../ports/api-key-store.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { OperatorAccess, TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import type { TenantRole } from "./permissions.ts";
import { conflict, notFound, type Outcome } from "./refusal.ts";
import { hashSecret, randomSecret } from "./secrets.ts";

/** So that a key found in a log or a repository is known for what it is. */
const keyPrefix = "edgescep_";

/** With access to a tenant one sees the tenant's keys, as an operator the operators'. */
type Reading = TenantAccess<"api-key.read"> | OperatorAccess;
type Managing = TenantAccess<"api-key.manage"> | OperatorAccess;

const ownerOf = (access: Reading | Managing): ApiKeyOwner =>
  "tenantId" in access ? { tenantId: access.tenantId } : "operators";

/** The secret is in this answer and nowhere else. */
export async function createApiKey(
  { apiKeys, clock }: Needs<"apiKeys" | "clock">,
  access: Managing,
  input: { readonly name: string; readonly role?: TenantRole | undefined },
): Promise<{ readonly key: ApiKey; readonly secret: string }> {
  const createdAt = clock.now();
  const owner =
    "tenantId" in access
      ? { tenantId: access.tenantId, role: input.role ?? "tenant-administrator" }
      : { role: "operator" as const };
  const key: ApiKey = { id: createId(createdAt), name: input.name, ...owner, createdAt };
  const secret = keyPrefix + randomSecret();
  const event = auditEvent(access, createdAt, "api-key.created", key.id, {
    name: key.name,
    role: key.role,
  });
  await apiKeys.createApiKey(key, await hashSecret(secret), event);
  return { key, secret };
}

export async function revokeApiKey(
  { apiKeys, clock }: Needs<"apiKeys" | "clock">,
  access: Managing,
  id: string,
): Promise<Outcome<ApiKey>> {
  const owner = ownerOf(access);
  const key = await apiKeys.findApiKey(owner, id);
  if (!key) return notFound("API key");
  const revokedAt = clock.now();
  const event = auditEvent(access, revokedAt, "api-key.revoked", id, { name: key.name });
  if (!(await apiKeys.revokeApiKey(owner, id, revokedAt, event))) {
    return conflict("This is the last operator key in use; make another one first.");
  }
  return ok({ ...key, revokedAt: key.revokedAt ?? revokedAt });
}

export const listApiKeys = (
  { apiKeys }: Needs<"apiKeys">,
  access: Reading,
  page: PageRequest,
): Promise<Page<ApiKey>> => apiKeys.listApiKeys(ownerOf(access), page);
