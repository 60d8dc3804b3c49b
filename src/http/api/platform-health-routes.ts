/** `/platform-health`: the deployment as a whole, for its operators and what watches over it. */
import { createRoute, z } from "@hono/zod-openapi";
import { definedFields } from "../../administration/defined-fields.ts";
import { readPlatformHealth } from "../../administration/platform-health.ts";
import type { Backlog, PlatformTrouble } from "../../ports/platform-record.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, problems, requiresOperator, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { time } from "./schemas.ts";

const PlatformHealthAnswer = z
  .object({
    bindings: z.record(z.string(), z.enum(["ok", "failing"])),
    upkeep: z
      .object({
        startedAt: time,
        endedAt: time,
        failedParts: z.array(z.string()).openapi({ description: "Their faults are in the log" }),
      })
      .optional()
      .openapi({ description: "The clock's last turn; absent: it never came" }),
    upkeepIsLate: z.boolean().openapi({ description: "None for five minutes" }),
    backlogs: z.array(
      z.object({
        kind: z.enum(["mails", "webhooks"]),
        waiting: z.int(),
        oldestDueAt: time.optional(),
        failed: z.int().openapi({ description: "Given up within seven days" }),
      }),
    ),
    troubles: z
      .array(
        z.object({
          id: z.string(),
          at: time,
          event: z.string(),
          certificateAuthority: z.string(),
          certificateAuthorityName: z.string().optional(),
          tenant: z.string().optional().openapi({ description: "Absent: a shared CA's" }),
          subject: z.string(),
          details: z.record(z.string(), z.unknown()),
        }),
      )
      .openapi({ description: "Of all CAs, within seven days, newest first" }),
  })
  .openapi("PlatformHealth");

const show = createRoute({
  tags: ["deployment"],
  ...secured,
  ...requiresOperator("deployment.read"),
  method: "get",
  path: "/platform-health",
  summary: "Bindings, the clock, what waits to be sent, CAs in trouble",
  responses: { 200: answer(PlatformHealthAnswer, "The deployment"), ...problems },
});

const presentBacklog = ({ kind, waiting, oldestDueAt, failed }: Backlog) => ({
  ...{ kind, waiting, failed },
  ...definedFields({ oldestDueAt: oldestDueAt?.toISOString() }),
});

const presentTrouble = (trouble: PlatformTrouble) => ({
  id: trouble.id,
  at: trouble.at.toISOString(),
  event: trouble.event,
  certificateAuthority: trouble.certificateAuthorityId,
  ...definedFields({
    certificateAuthorityName: trouble.authorityName,
    tenant: trouble.tenantId,
  }),
  subject: trouble.subject,
  details: { ...trouble.details },
});

export function platformHealthRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(show, async (context) => {
    const health = valueOf(await readPlatformHealth(dependencies, context.get("operator")));
    const { bindings, upkeep, isUpkeepLate, backlogs, troubles } = health;
    return context.json(
      {
        bindings: { ...bindings },
        upkeepIsLate: isUpkeepLate,
        ...definedFields({
          upkeep: upkeep && {
            startedAt: upkeep.startedAt.toISOString(),
            endedAt: upkeep.endedAt.toISOString(),
            failedParts: [...upkeep.failedParts],
          },
        }),
        backlogs: backlogs.map(presentBacklog),
        troubles: troubles.map(presentTrouble),
      },
      200,
    );
  });
  return router;
}
