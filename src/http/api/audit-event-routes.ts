/** `/tenants/{tenant}/audit-events`, and `/audit-events` for the deployment; and whether they are as they were written. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  listAuditEvents,
  listDeploymentEvents,
  type ShownAuditEvent,
} from "../../administration/audit-events.ts";
import {
  auditTroubles,
  type AuditVerification,
  verifyAuditLog,
  verifyDeploymentLog,
} from "../../administration/audit-verification.ts";
import { definedFields } from "../../administration/defined-fields.ts";
import { toHex } from "../../pki/bytes.ts";
import { auditActorKinds } from "../../ports/audit-log.ts";
import type { Page } from "../../ports/page.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { answer, problems, requires, requiresOperator, secured } from "./route.ts";
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
    linkedAt: time.optional(),
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
    late: z.object({ count: z.int(), lastAt: time }).optional().openapi({
      description:
        "Linked over an hour after they were written: the clock did not come by, or somebody took the chain away and it was made anew",
    }),
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

const listOfDeployment = createRoute({
  tags: ["audit-events"],
  ...secured,
  ...requiresOperator("deployment.read"),
  method: "get",
  path: "/audit-events",
  summary: "List what was done to the deployment as a whole, newest first",
  request: { query: auditQuery },
  responses: { 200: answer(pageOf(AuditEventAnswer), "A page"), ...problems },
});

const verificationOfDeployment = createRoute({
  tags: ["audit-events"],
  ...secured,
  ...requiresOperator("deployment.read"),
  method: "get",
  path: "/audit-events/verification",
  summary: "The same walk over what was done to the deployment as a whole",
  responses: { 200: answer(Verification, "What was found"), ...problems },
});

const present = ({ actor, actorName, ...event }: ShownAuditEvent) => ({
  id: event.id,
  at: event.at.toISOString(),
  actor: { ...actor, ...definedFields({ name: actorName }) },
  action: event.action,
  targetId: event.targetId,
  details: { ...event.details },
  ...definedFields({
    sequence: event.sequence,
    linkedAt: event.linkedAt?.toISOString(),
    hash: event.hash && toHex(event.hash),
  }),
});

const presentVerification = ({
  trouble,
  head,
  late,
  ...found
}: AuditVerification): z.infer<typeof Verification> => ({
  intact: trouble === undefined,
  ...found,
  ...definedFields({
    trouble,
    late: late && { count: late.count, lastAt: late.lastAt.toISOString() },
    head: head && {
      sequence: head.sequence,
      hash: toHex(head.hash),
      sealedAt: head.sealedAt.toISOString(),
    },
  }),
});

function wantedOf({ from, before, action, actor, ...page }: z.infer<typeof auditQuery>) {
  const timeOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
  return { filter: { action, actor, from: timeOf(from), before: timeOf(before) }, page };
}

const presentPage = ({ items, ...page }: Page<ShownAuditEvent>) => ({
  ...page,
  items: items.map(present),
});

export function auditEventRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(list, async (context) => {
    const { filter, page } = wantedOf(context.req.valid("query"));
    const found = await listAuditEvents(dependencies, context.get("access"), filter, page);
    return context.json(presentPage(found), 200);
  });
  router.openapi(verification, async (context) =>
    context.json(
      presentVerification(await verifyAuditLog(dependencies, context.get("access"))),
      200,
    ),
  );
  router.openapi(listOfDeployment, async (context) => {
    const { filter, page } = wantedOf(context.req.valid("query"));
    const found = await listDeploymentEvents(dependencies, context.get("operator"), filter, page);
    return context.json(presentPage(found), 200);
  });
  router.openapi(verificationOfDeployment, async (context) =>
    context.json(
      presentVerification(await verifyDeploymentLog(dependencies, context.get("operator"))),
      200,
    ),
  );
  return router;
}
