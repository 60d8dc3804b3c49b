/** `/tenants/{tenant}/audit-events`, and whether they are as they were written. */
import { createRoute, z } from "@hono/zod-openapi";
import { listAuditEvents, type ShownAuditEvent } from "../../administration/audit-events.ts";
import { auditTroubles, verifyAuditLog } from "../../administration/audit-verification.ts";
import { definedFields } from "../../administration/defined-fields.ts";
import { toHex } from "../../pki/bytes.ts";
import { auditActorKinds } from "../../ports/audit-log.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { answer, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { pageOf, pageQuery, tenantPath, time } from "./schemas.ts";

const AuditEventAnswer = z
  .object({
    id: z.string(),
    at: time,
    actor: z.object({
      kind: z.enum(auditActorKinds),
      id: z.string(),
      name: z.string().optional().openapi({ description: "Of an API key" }),
    }),
    action: z.string(),
    targetId: z.string(),
    details: z.record(z.string(), z.unknown()),
    sequence: z
      .int()
      .optional()
      .openapi({ description: "Its place in the chain; absent for a minute" }),
    hash: z.string().optional().openapi({ description: "Of its link, SHA-256 in hexadecimal" }),
  })
  .openapi("AuditEvent");

const Verification = z
  .object({
    intact: z.boolean(),
    trouble: z
      .object({
        kind: z.enum(auditTroubles),
        sequence: z.int().optional(),
        eventId: z.string().optional(),
      })
      .optional()
      .openapi({ description: "The first one" }),
    verified: z.int().openapi({ description: "Links that are good" }),
    from: z.int().openapi({ description: "Where it began" }),
    waiting: z.int().openapi({ description: "Newest events that are linked within a minute" }),
    head: z
      .object({ sequence: z.int(), hash: z.string(), sealedAt: time })
      .optional()
      .openapi({ description: "Note it down: a later chain must go through it" }),
  })
  .openapi("AuditVerification");

const auditQuery = pageQuery.extend({
  action: z.string().max(100).optional().openapi({ description: "A part of the action" }),
  actor: z.string().max(254).optional().openapi({ description: "A part of the actor's id" }),
  from: time.optional(),
  before: time.optional(),
});

const list = createRoute({
  tags: ["audit-events"],
  ...secured,
  ...requires("audit.read"),
  method: "get",
  path: "/tenants/{tenant}/audit-events",
  summary: "List what people did, newest first",
  request: { params: tenantPath, query: auditQuery },
  responses: { 200: answer(pageOf(AuditEventAnswer), "A page"), ...problems },
});

const verification = createRoute({
  tags: ["audit-events"],
  ...secured,
  ...requires("audit.read"),
  method: "get",
  path: "/tenants/{tenant}/audit-events/verification",
  summary: "Walk through the chain of hashes over the audit log",
  request: { params: tenantPath },
  responses: { 200: answer(Verification, "What was found"), ...problems },
});

const present = ({ actor, actorName, ...event }: ShownAuditEvent) => ({
  id: event.id,
  at: event.at.toISOString(),
  actor: { ...actor, ...definedFields({ name: actorName }) },
  action: event.action,
  targetId: event.targetId,
  details: { ...event.details },
  ...definedFields({ sequence: event.sequence, hash: event.hash && toHex(event.hash) }),
});

export function auditEventRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(list, async (context) => {
    const { from, before, action, actor, ...wanted } = context.req.valid("query");
    const filter = {
      action,
      actor,
      from: from === undefined ? undefined : new Date(from),
      before: before === undefined ? undefined : new Date(before),
    };
    const page = await listAuditEvents(dependencies, context.get("access"), filter, wanted);
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(verification, async (context) => {
    const { trouble, head, ...found } = await verifyAuditLog(dependencies, context.get("access"));
    return context.json(
      {
        intact: trouble === undefined,
        ...found,
        ...definedFields({
          trouble,
          head: head && {
            sequence: head.sequence,
            hash: toHex(head.hash),
            sealedAt: head.sealedAt.toISOString(),
          },
        }),
      },
      200,
    );
  });
  return router;
}
