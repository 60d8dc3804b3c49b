/** Tenants' identity providers in D1. */
import { eq } from "drizzle-orm";
import type { SignInProviderStore } from "../ports/sign-in-provider-store.ts";
import { recordWhenChanged } from "./audit-log.ts";
import { type Database, wrote } from "./database.ts";
import { sessions, signInProviders } from "./schema.ts";

export function createSignInProviderStore(db: Database): SignInProviderStore {
  const endSessionsOf = (tenantId: string) =>
    db.delete(sessions).where(eq(sessions.providerTenantId, tenantId));
  return {
    async putSignInProvider(provider, event) {
      const { tenantId, ...settings } = provider;
      await db.batch([
        db
          .insert(signInProviders)
          .values(provider)
          .onConflictDoUpdate({ target: signInProviders.tenantId, set: settings }),
        recordWhenChanged(db, event),
        endSessionsOf(tenantId),
      ]);
    },

    async findSignInProvider(tenantId) {
      return db.select().from(signInProviders).where(eq(signInProviders.tenantId, tenantId)).get();
    },

    async removeSignInProvider(tenantId, event) {
      const [removed] = await db.batch([
        db.delete(signInProviders).where(eq(signInProviders.tenantId, tenantId)),
        recordWhenChanged(db, event),
        endSessionsOf(tenantId),
      ]);
      return wrote(removed);
    },
  };
}
