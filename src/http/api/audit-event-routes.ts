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

const list = createRoute({
  tags: ["audit-events"],
  ...secured,
  ...requires("audit.read"),
  method: "get",
  path: "/tenants/{tenant}/audit-events",
  summary: "List what people did, newest first",
  request: { params: tenantPath, query: pageQuery },
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
    const page = await listAuditEvents(
      dependencies,
      context.get("access"),
      context.req.valid("query"),
    );
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  return router;
}
