/** `/tenants/{tenant}/scep-configurations`. */
import { createRoute, z } from "@hono/zod-openapi";
import type { TenantAccess } from "../../administration/access.ts";
import { testConfiguration, testStepNames } from "../../administration/configuration-test.ts";
import { configurationUrls } from "../../administration/configuration-urls.ts";
import { warningsOf } from "../../administration/configuration-warnings.ts";
import { presetNames } from "../../administration/presets/presets.ts";
import {
  changeConfiguration,
  createConfiguration,
  findConfiguration,
  listConfigurations,
} from "../../administration/scep-configurations.ts";
import { contentEncryptionNames, digestNames } from "../../pki/algorithms.ts";
import type { ConfigurationEntry } from "../../ports/scep-configuration-directory.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { namePath, pageOf, pageQuery, plainText, tenantPath, time } from "./schemas.ts";

const kind = z.enum(["simple", "intune"]);
const preset = z.enum(presetNames);

const isWithoutRepeats = (names: readonly string[]) => new Set(names).size === names.length;
const wireShape = {
  contentEncryption: z
    .array(z.enum(contentEncryptionNames))
    .min(1)
    .refine(isWithoutRepeats, "Each name once"),
  digests: z.array(z.enum(digestNames)).min(1).refine(isWithoutRepeats, "Each name once"),
  allowPlainHttp: z.boolean().openapi({ description: "Whether SCEP over http: is answered too" }),
};
const reference = z.string().min(1).max(64).openapi({ description: "Id or name" });

const settingsShape = {
  displayName: plainText(128).optional(),
  contentEncryption: wireShape.contentEncryption.optional(),
  digests: wireShape.digests.optional(),
  allowPlainHttp: wireShape.allowPlainHttp.optional(),
  requiresApproval: z.boolean().optional(),
  intuneConnection: reference.optional().openapi({
    description: "Id or name; of kind intune only, and needed before it is enabled",
  }),
};

const NewConfiguration = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
        "Letters, digits, hyphens, underscores and dots, 64 at most",
      )
      .openapi({ description: "Stands in the URL; for a name with spaces there is displayName" }),
    kind,
    certificateAuthority: reference,
    certificateTemplate: reference,
    preset: preset.optional().openapi({ description: "See /presets; standard, or intune" }),
    singleCertificate: z.boolean().optional().openapi({
      description:
        "Whether GetCACert answers with the CA's certificate alone; only with a CA that is its own agent",
    }),
    ...settingsShape,
  })
  .openapi("NewScepConfiguration");

const ConfigurationPatch = z
  .strictObject({
    certificateTemplate: reference.optional(),
    enabled: z.boolean().optional(),
    ...settingsShape,
  })
  .openapi("ScepConfigurationChange");

const Configuration = z
  .object({
    id: z.string(),
    name: z.string(),
    displayName: z.string(),
    kind,
    url: z.url(),
    httpUrl: z.url().optional().openapi({ description: "Only when allowPlainHttp is set" }),
    certificateAuthority: z.string().openapi({ description: "Id" }),
    certificateTemplate: z.string().openapi({ description: "Id" }),
    preset,
    ...wireShape,
    requiresApproval: z.boolean(),
    enabled: z.boolean(),
    intuneConnection: z.string().optional().openapi({ description: "Id" }),
    createdAt: time,
    warnings: z.array(z.string()),
  })
  .openapi("ScepConfiguration");

const described = { tags: ["scep-configurations"], ...secured };

const create = createRoute({
  ...described,
  ...requires("configuration.manage"),
  method: "post",
  path: "/tenants/{tenant}/scep-configurations",
  summary: "Create a SCEP configuration; it is off until enabled",
  request: { params: tenantPath, body: jsonBody(NewConfiguration) },
  responses: { 201: answer(Configuration, "Created"), ...changeProblems },
});

const list = createRoute({
  ...described,
  ...requires("configuration.read"),
  method: "get",
  path: "/tenants/{tenant}/scep-configurations",
  summary: "List SCEP configurations",
  request: { params: tenantPath, query: pageQuery },
  responses: { 200: answer(pageOf(Configuration), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("configuration.read"),
  method: "get",
  path: "/tenants/{tenant}/scep-configurations/{name}",
  summary: "Show a SCEP configuration",
  request: { params: namePath },
  responses: { 200: answer(Configuration, "The configuration"), ...problems },
});

const change = createRoute({
  ...described,
  ...requires("configuration.manage"),
  method: "patch",
  path: "/tenants/{tenant}/scep-configurations/{name}",
  summary: "Change, enable or disable a SCEP configuration",
  request: { params: namePath, body: jsonBody(ConfigurationPatch) },
  responses: { 200: answer(Configuration, "As changed"), ...changeProblems },
});

const TestReport = z
  .object({
    passed: z.boolean(),
    steps: z.array(
      z.object({
        step: z.enum(testStepNames),
        outcome: z.enum(["ok", "failed", "not-tried"]),
        detail: z.string(),
        remedy: z.string().optional(),
      }),
    ),
  })
  .openapi("ScepConfigurationTestReport");

const test = createRoute({
  ...described,
  ...requires("configuration.manage"),
  method: "post",
  path: "/tenants/{tenant}/scep-configurations/{name}/test",
  summary:
    "Do what a device would do: an enrolment with a token for one certificate, and its revocation",
  request: { params: namePath },
  responses: { 200: answer(TestReport, "What each step came to"), ...changeProblems },
});

type Shown = TenantAccess<"configuration.read"> | TenantAccess<"configuration.manage">;

/** The settings' names as the use cases have them. */
const toWishes = <Input extends { readonly allowPlainHttp?: boolean | undefined }>({
  allowPlainHttp,
  ...rest
}: Input) => ({ ...rest, plainHttp: allowPlainHttp });

export function scepConfigurationRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  const presentOne = (entry: ConfigurationEntry) => ({
    id: entry.id,
    name: entry.name,
    displayName: entry.displayName,
    kind: entry.kind,
    ...configurationUrls(dependencies, entry),
    certificateAuthority: entry.certificateAuthorityId,
    certificateTemplate: entry.certificateTemplateId,
    preset: entry.preset,
    contentEncryption: [...entry.wire.contentEncryption],
    digests: [...entry.wire.digests],
    allowPlainHttp: entry.wire.plainHttp,
    requiresApproval: entry.requiresApproval,
    enabled: entry.enabled,
    ...(entry.intuneConnectionId && { intuneConnection: entry.intuneConnectionId }),
    createdAt: entry.createdAt.toISOString(),
  });
  const presentAll = async (access: Shown, entries: readonly ConfigurationEntry[]) => {
    const warnings = await warningsOf(dependencies, access, entries);
    return entries.map((entry) => ({ ...presentOne(entry), warnings: warnings(entry) }));
  };
  const present = async (access: Shown, entry: ConfigurationEntry) => {
    const warnings = await warningsOf(dependencies, access, [entry]);
    return { ...presentOne(entry), warnings: warnings(entry) };
  };

  router.openapi(create, async (context) => {
    const access = context.get("access");
    const wanted = toWishes(context.req.valid("json"));
    const created = valueOf(await createConfiguration(dependencies, access, wanted));
    return context.json(await present(access, created), 201);
  });
  router.openapi(list, async (context) => {
    const access = context.get("access");
    const page = await listConfigurations(dependencies, access, context.req.valid("query"));
    return context.json({ ...page, items: await presentAll(access, page.items) }, 200);
  });
  router.openapi(find, async (context) => {
    const access = context.get("access");
    const { name } = context.req.valid("param");
    const found = valueOf(await findConfiguration(dependencies, access, name));
    return context.json(await present(access, found), 200);
  });
  router.openapi(change, async (context) => {
    const access = context.get("access");
    const { name } = context.req.valid("param");
    const patch = toWishes(context.req.valid("json"));
    const changed = valueOf(await changeConfiguration(dependencies, access, name, patch));
    return context.json(await present(access, changed), 200);
  });
  router.openapi(test, async (context) => {
    const { name } = context.req.valid("param");
    const tested = await testConfiguration(dependencies, context.get("access"), name);
    const { passed, steps } = valueOf(tested);
    return context.json({ passed, steps: [...steps] }, 200);
  });
  return router;
}
