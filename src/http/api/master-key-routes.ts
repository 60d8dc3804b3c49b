/** `/master-keys`: which versions of the secret MASTER_KEYS are still needed. */
import { createRoute, z } from "@hono/zod-openapi";
import { reportMasterKeys } from "../../administration/master-keys.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, problems, requiresOperator, secured } from "./route.ts";
import { createRouter } from "./router.ts";

const MasterKeys = z
  .object({
    versions: z.array(
      z.object({
        version: z.int(),
        configured: z.boolean().openapi({
          description: "It is in the secret; one that is used and is not there must be put back",
        }),
        current: z.boolean().openapi({ description: "New secrets are wrapped with it" }),
        uses: z.record(z.string(), z.int()).openapi({ description: "How many things need it" }),
        removable: z.boolean().openapi({
          description: "Nothing needs it any more: it can be taken out of the secret",
        }),
      }),
    ),
    authoritiesUnheard: z.int().openapi({
      description:
        "CAs that have not said yet which versions they need; the clock asks each minute",
    }),
  })
  .openapi("MasterKeys");

const show = createRoute({
  tags: ["deployment"],
  ...secured,
  ...requiresOperator("deployment.read"),
  method: "get",
  path: "/master-keys",
  summary: "Which versions of MASTER_KEYS are in use, and which can be taken out",
  responses: { 200: answer(MasterKeys, "The versions"), ...problems },
});

export function masterKeyRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(show, async (context) => {
    const report = valueOf(await reportMasterKeys(dependencies, context.get("operator")));
    return context.json(
      {
        ...report,
        versions: report.versions.map((state) => ({ ...state, uses: { ...state.uses } })),
      },
      200,
    );
  });
  return router;
}
