/** The chains of audit events in D1: links are only ever added, and move their head in the same batch. */
import { and, asc, count, eq, gt, gte, isNull, lt, not } from "drizzle-orm";
import type { AuditChain } from "../ports/audit-chain.ts";
import { ofTenant, toAuditEvent } from "./audit-log.ts";
import { auditEvents, auditHeads, auditLinks } from "./audit-schema.ts";
import { type Database, insertWhenChanged, wrote } from "./database.ts";

export function createAuditChain(db: Database): AuditChain {
  const isUnlinked = isNull(auditLinks.eventId);

  return {
    async listUnlinked(afterId, limit, except) {
      const rows = await db
        .select({ event: auditEvents })
        .from(auditEvents)
        .leftJoin(auditLinks, eq(auditLinks.eventId, auditEvents.id))
        .where(
          and(gt(auditEvents.id, afterId), isUnlinked, ...except.map((one) => not(ofTenant(one)))),
        )
        .orderBy(asc(auditEvents.id))
        .limit(limit);
      return rows.map(({ event }) => toAuditEvent(event));
    },

    async findHead(chain) {
      const { sequence, wrappedHead, sealedAt } = auditHeads;
      return db
        .select({ sequence, wrapped: wrappedHead, sealedAt })
        .from(auditHeads)
        .where(eq(auditHeads.id, chain))
        .get();
    },

    async append(chain, tenantId, before, links, { sequence, wrapped, sealedAt }) {
      const head = { sequence, wrappedHead: wrapped, sealedAt };
      const moved =
        before === 0
          ? db
              .insert(auditHeads)
              .values({ id: chain, tenantId: tenantId ?? null, ...head })
              .onConflictDoNothing()
          : db
              .update(auditHeads)
              .set(head)
              .where(and(eq(auditHeads.id, chain), eq(auditHeads.sequence, before)));
      const [first] = await db.batch([
        moved,
        ...links.map((link) => insertWhenChanged(db, auditLinks, { chain, ...link })),
      ]);
      return wrote(first);
    },

    async readLinks(chain, afterSequence, limit) {
      const rows = await db
        .select({ link: auditLinks, event: auditEvents })
        .from(auditLinks)
        .leftJoin(auditEvents, eq(auditEvents.id, auditLinks.eventId))
        .where(and(eq(auditLinks.chain, chain), gt(auditLinks.sequence, afterSequence)))
        .orderBy(asc(auditLinks.sequence))
        .limit(limit);
      return rows.map(({ link, event }) => ({
        link,
        event: event === null ? undefined : toAuditEvent(event),
      }));
    },

    async countUnlinked(tenantId, than) {
      const { id } = auditEvents;
      const [row] = await db
        .select({ count: count() })
        .from(auditEvents)
        .leftJoin(auditLinks, eq(auditLinks.eventId, id))
        .where(
          and(
            ofTenant(tenantId),
            "before" in than ? lt(id, than.before) : gte(id, than.since),
            isUnlinked,
          ),
        );
      return row?.count ?? 0;
    },
  };
}
