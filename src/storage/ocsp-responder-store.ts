/** OCSP responders' keys and certificates in D1. */
import { and, desc, eq, gt, inArray, isNotNull, isNull, lte, ne, sql } from "drizzle-orm";
import type { OcspResponder, OcspResponderStore } from "../ports/ocsp-responder-store.ts";
import { type Database, insertWhen, withoutNulls, wrote } from "./database.ts";
import { ocspResponders } from "./schema.ts";

/** One and the one before it; more are never alive at once. */
const respondersAtMost = 5;

const ofAuthority = (id: string) => eq(ocspResponders.certificateAuthorityId, id);

export function createOcspResponderStore(db: Database): OcspResponderStore {
  return {
    async listResponders(certificateAuthorityId, now) {
      const rows = await db
        .select()
        .from(ocspResponders)
        .where(and(ofAuthority(certificateAuthorityId), gt(ocspResponders.notAfter, now)))
        .orderBy(desc(ocspResponders.createdAt))
        .limit(respondersAtMost);
      return rows.map((row): OcspResponder => withoutNulls(row));
    },

    async beginResponder(responder, now) {
      const { certificateAuthorityId } = responder;
      const inserted = await insertWhen(
        db,
        ocspResponders,
        responder,
        sql`not exists (select 1 from ${ocspResponders}
          where certificate_authority_id = ${certificateAuthorityId} and renew_at > ${now.getTime()})`,
      );
      return wrote(inserted);
    },

    async completeResponder({ id, certificateAuthorityId }, { der, notAfter, renewAt }) {
      await db.batch([
        db
          .update(ocspResponders)
          .set({ certificateDer: der, notAfter, renewAt })
          .where(and(eq(ocspResponders.id, id), isNull(ocspResponders.certificateDer))),
        db
          .update(ocspResponders)
          .set({ renewAt: null })
          .where(and(ofAuthority(certificateAuthorityId), ne(ocspResponders.id, id))),
      ]);
    },

    async listDueAuthorities(now, limit) {
      const rows = await db
        .select({ id: ocspResponders.certificateAuthorityId })
        .from(ocspResponders)
        .where(and(isNotNull(ocspResponders.renewAt), lte(ocspResponders.renewAt, now)))
        .orderBy(ocspResponders.renewAt)
        .limit(limit);
      return [...new Set(rows.map(({ id }) => id))];
    },

    async postponeResponders(certificateAuthorityId, until) {
      await db
        .update(ocspResponders)
        .set({ renewAt: until })
        .where(and(ofAuthority(certificateAuthorityId), lte(ocspResponders.renewAt, until)));
    },

    async forgetEndedResponders(now, limit) {
      const ended = db
        .select({ id: ocspResponders.id })
        .from(ocspResponders)
        .where(lte(ocspResponders.notAfter, now))
        .limit(limit);
      await db.delete(ocspResponders).where(inArray(ocspResponders.id, ended));
    },
  };
}
