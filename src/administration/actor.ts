/** Who is asking, found by the API key they hold. */
import { equalBytes } from "../pki/bytes.ts";
import type { ApiKeyStore } from "../ports/api-key-store.ts";
import type { AuditActor } from "../ports/audit-log.ts";
import { hashSecret } from "./secrets.ts";

export type Actor = {
  readonly kind: AuditActor["kind"];
  readonly id: string;
} & ({ readonly rank: "operator" } | { readonly rank: "tenant"; readonly tenantId: string });

export interface Authentication {
  readonly apiKeys: ApiKeyStore;
  /** Opens the API until an operator key was made; undefined: there is none. */
  readonly bootstrapOperatorKey: string | undefined;
}

/** Undefined: the secret opens nothing. */
export async function authenticate(
  dependencies: Authentication,
  secret: string,
): Promise<Actor | undefined> {
  const secretHash = await hashSecret(secret);
  const key = await dependencies.apiKeys.findActiveApiKey(secretHash);
  if (key) {
    return key.tenantId === undefined
      ? { kind: "api-key", id: key.id, rank: "operator" }
      : { kind: "api-key", id: key.id, rank: "tenant", tenantId: key.tenantId };
  }
  const { bootstrapOperatorKey } = dependencies;
  if (!bootstrapOperatorKey || !equalBytes(secretHash, await hashSecret(bootstrapOperatorKey)))
    return undefined;
  if (await dependencies.apiKeys.hasOperatorKey()) return undefined;
  return { kind: "bootstrap-key", id: "bootstrap", rank: "operator" };
}
