/** `/tenants/{tenant}/audit-events`. */
import { createRoute, z } from "@hono/zod-openapi";
import { listAuditEvents } from "../../administration/audit-events.ts";
import { type AuditEvent, auditActorKinds } from "../../ports/audit-log.ts";
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
    }),
    action: z.string(),
    targetId: z.string(),
    details: z.record(z.string(), z.unknown()),
  })
  .openapi("AuditEvent");

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

const present = ({ id, at, actor, action, targetId, details }: AuditEvent) => ({
  id,
  at: at.toISOString(),
  actor: { ...actor },
  action,
  targetId,
  details: { ...details },
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
  return router;
}
