/** `…/certificate-authorities/{idOrName}/successor` and `…/promote`: CA rollover. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  promoteSuccessor,
  stageSuccessor,
  withdrawSuccessor,
} from "../../administration/authority-succession.ts";
import { definedFields } from "../../administration/defined-fields.ts";
import type { Outcome } from "../../administration/refusal.ts";
import {
  adviceOf,
  reportSuccession,
  type SuccessionReport,
  successionStates,
} from "../../administration/succession-report.ts";
import { authorityKeyAlgorithms } from "../../ca/authority-key.ts";
import { toPem } from "../../pki/bytes.ts";
import type { SuccessionEntry } from "../../ports/authority-succession-store.ts";
import { Authority, authorityName, presentAuthority } from "./certificate-authority-schemas.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { idOrNamePath, pem, time } from "./schemas.ts";

const described = { tags: ["certificate-authorities"], ...secured };
const base = "/tenants/{tenant}/certificate-authorities/{idOrName}";

const NewSuccessor = z
  .strictObject({
    name: authorityName
      .optional()
      .openapi({ description: "Absent: the predecessor's name with the next number behind it" }),
    subject: z.string().min(1).max(1024).optional().openapi({
      description:
        "RFC 4514. Absent: the predecessor's, so that rules about the issuer's name go on holding; the key identifiers differ",
    }),
    keyAlgorithm: z.enum(authorityKeyAlgorithms).optional(),
    validityYears: z.int().min(1).max(50).optional(),
    promoteAt: z.iso.datetime().nullish().openapi({
      description:
        "When it takes over by itself; null: when `promote` is called; absent: as planned before, if at all",
    }),
  })
  .openapi("NewSuccessor");

const fetched = z.object({ times: z.int(), last: time });

const Succession = z
  .object({
    state: z.enum(successionStates),
    predecessor: z.string().openapi({ description: "Id" }),
    successor: Authority,
    promoteAt: time.optional(),
    stagedAt: time.optional(),
    promotedAt: time.optional(),
    rootChanges: z.boolean(),
    deployFirst: pem.optional().openapi({
      description:
        "The new root: to be trusted by devices and relying parties before the promotion",
    }),
    advice: z.string(),
    configurations: z.array(
      z.object({
        name: z.string(),
        moved: z.boolean(),
        agentReady: z.boolean(),
        getNextCACert: fetched.optional().openapi({
          description: "Since the successor was staged, at least; absent: nobody has asked",
        }),
        getCACert: fetched.optional(),
        certificatesOfPredecessor: z.int().openapi({
          description: "Devices' certificates that are valid and were not issued by the successor",
        }),
        certificatesOfSuccessor: z.int(),
      }),
    ),
    otherConfigurations: z.int().openapi({ description: "Of other tenants, on a shared CA" }),
  })
  .openapi("Succession");

const stage = createRoute({
  ...described,
  ...requires("authority.manage"),
  method: "post",
  path: `${base}/successor`,
  summary:
    "Stage the CA that will take this one's place, below the same parent; again: another date for it",
  request: { params: idOrNamePath, body: jsonBody(NewSuccessor) },
  responses: {
    201: answer(Succession, "Staged, or waiting for its certificate"),
    ...changeProblems,
  },
});

const show = createRoute({
  ...described,
  ...requires("authority.read"),
  method: "get",
  path: `${base}/successor`,
  summary:
    "How far the succession has come, what must be deployed first, and who has not renewed yet",
  request: { params: idOrNamePath },
  responses: { 200: answer(Succession, "The succession"), ...problems },
});

const withdraw = createRoute({
  ...described,
  ...requires("authority.manage"),
  method: "delete",
  path: `${base}/successor`,
  summary: "Withdraw the successor, before its promotion",
  request: { params: idOrNamePath },
  responses: { 200: answer(Succession, "Withdrawn"), ...changeProblems },
});

const promote = createRoute({
  ...described,
  ...requires("authority.manage"),
  method: "post",
  path: `${base}/promote`,
  summary: "Let the successor take over now: configurations and their agents move to it",
  request: { params: idOrNamePath },
  responses: {
    200: answer(Succession, "Promoted; or promoting, and finished by the clock"),
    ...changeProblems,
  },
});

function present(report: SuccessionReport): z.infer<typeof Succession> {
  const { predecessor, successor, deployFirst } = report;
  return {
    state: report.state,
    predecessor: predecessor.id,
    successor: presentAuthority(successor),
    ...definedFields({
      promoteAt: successor.promoteAt?.toISOString(),
      stagedAt: successor.stagedAt?.toISOString(),
      promotedAt: successor.promotedAt?.toISOString(),
      deployFirst: deployFirst && toPem("CERTIFICATE", deployFirst),
    }),
    rootChanges: deployFirst !== undefined,
    advice: adviceOf(report),
    configurations: report.configurations.map(({ fetches, ...configuration }) => {
      const of = (wanted: string) => {
        const found = fetches.find(({ operation }) => operation === wanted);
        return found && { times: found.count, last: found.lastAt.toISOString() };
      };
      const { name, moved, agentReady, certificatesOfPredecessor, certificatesOfSuccessor } =
        configuration;
      return {
        ...{ name, moved, agentReady, certificatesOfPredecessor, certificatesOfSuccessor },
        ...definedFields({ getNextCACert: of("GetNextCACert"), getCACert: of("GetCACert") }),
      };
    }),
    otherConfigurations: report.otherConfigurations,
  };
}

export function authoritySuccessionRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  const reported = async (
    done: Outcome<SuccessionEntry>,
    access: Parameters<typeof reportSuccession>[1],
  ) => present(valueOf(await reportSuccession(dependencies, access, valueOf(done).predecessor.id)));

  router.openapi(stage, async (context) => {
    const { idOrName } = context.req.valid("param");
    const { promoteAt, ...wishes } = context.req.valid("json");
    const at = typeof promoteAt === "string" ? new Date(promoteAt) : promoteAt;
    const access = context.get("access");
    const staged = await stageSuccessor(dependencies, access, idOrName, {
      ...wishes,
      promoteAt: at,
    });
    return context.json(await reported(staged, access), 201);
  });
  router.openapi(show, async (context) => {
    const { idOrName } = context.req.valid("param");
    const report = await reportSuccession(dependencies, context.get("access"), idOrName);
    return context.json(present(valueOf(report)), 200);
  });
  router.openapi(withdraw, async (context) => {
    const { idOrName } = context.req.valid("param");
    const access = context.get("access");
    const withdrawn = await withdrawSuccessor(dependencies, access, idOrName);
    return context.json(await reported(withdrawn, access), 200);
  });
  router.openapi(promote, async (context) => {
    const { idOrName } = context.req.valid("param");
    const access = context.get("access");
    const promoted = await promoteSuccessor(dependencies, access, idOrName);
    return context.json(await reported(promoted, access), 200);
  });
  return router;
}
