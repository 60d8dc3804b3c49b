/** `/tenants/{tenant}/certificate-templates`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  changeTemplate,
  createTemplate,
  findTemplate,
  findTemplateVersion,
  listTemplates,
  listTemplateVersions,
} from "../../administration/certificate-templates.ts";
import { defaultTemplateRules } from "../../administration/presets/default-template.ts";
import type { CertificateTemplate } from "../../ca/certificate-template.ts";
import type { TemplateVersion } from "../../ports/certificate-template-store.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { idOrNamePath, pageOf, pageQuery, plainText, tenantPath, time } from "./schemas.ts";
import { mergeRules, presentRules } from "./template-rules.ts";
import { acceptRisks, rulesShape } from "./template-schema.ts";

const NewTemplate = z
  .strictObject({ name: plainText(64), ...rulesShape, acceptRisks })
  .openapi("NewCertificateTemplate");
const TemplatePatch = z
  .strictObject({ ...rulesShape, acceptRisks })
  .openapi("CertificateTemplateChange");
const Template = z
  .object({ id: z.string(), name: z.string(), version: z.int(), ...rulesShape })
  .openapi("CertificateTemplate");
const Version = Template.extend({ createdAt: time }).openapi("CertificateTemplateVersion");

const described = { tags: ["certificate-templates"], ...secured };
const base = "/tenants/{tenant}/certificate-templates";

const create = createRoute({
  ...described,
  ...requires("template.manage"),
  method: "post",
  path: base,
  summary: "Create a certificate template",
  request: { params: tenantPath, body: jsonBody(NewTemplate) },
  responses: { 201: answer(Template, "Created"), ...changeProblems },
});

const list = createRoute({
  ...described,
  ...requires("template.read"),
  method: "get",
  path: base,
  summary: "List certificate templates",
  request: { params: tenantPath, query: pageQuery },
  responses: { 200: answer(pageOf(Template), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("template.read"),
  method: "get",
  path: `${base}/{idOrName}`,
  summary: "Show a certificate template",
  request: { params: idOrNamePath },
  responses: { 200: answer(Template, "The newest version"), ...problems },
});

const change = createRoute({
  ...described,
  ...requires("template.manage"),
  method: "patch",
  path: `${base}/{idOrName}`,
  summary: "Change a certificate template: makes a new version",
  request: { params: idOrNamePath, body: jsonBody(TemplatePatch) },
  responses: { 200: answer(Template, "The new version"), ...changeProblems },
});

const listVersions = createRoute({
  ...described,
  ...requires("template.read"),
  method: "get",
  path: `${base}/{idOrName}/versions`,
  summary: "List the versions of a certificate template, newest first",
  request: { params: idOrNamePath, query: pageQuery },
  responses: { 200: answer(pageOf(Version), "A page"), ...problems },
});

const findVersion = createRoute({
  ...described,
  ...requires("template.read"),
  method: "get",
  path: `${base}/{idOrName}/versions/{version}`,
  summary: "Show what a certificate template said in one version",
  request: {
    params: idOrNamePath.extend({ version: z.coerce.number().int().min(1).max(1_000_000_000) }),
  },
  responses: { 200: answer(Version, "The version"), ...problems },
});

function present({ id, name, version, ...rules }: CertificateTemplate) {
  return { id, name, version, ...presentRules(rules) };
}

const presentVersion = ({ template, createdAt }: TemplateVersion) => ({
  ...present(template),
  createdAt: createdAt.toISOString(),
});

export function certificateTemplateRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(create, async (context) => {
    const { name, acceptRisks: risks = [], ...input } = context.req.valid("json");
    const rules = mergeRules(defaultTemplateRules, input);
    const created = await createTemplate(dependencies, context.get("access"), name, rules, risks);
    return context.json(present(valueOf(created)), 201);
  });
  router.openapi(list, async (context) => {
    const page = await listTemplates(
      dependencies,
      context.get("access"),
      context.req.valid("query"),
    );
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(find, async (context) => {
    const { idOrName } = context.req.valid("param");
    return context.json(
      present(valueOf(await findTemplate(dependencies, context.get("access"), idOrName))),
      200,
    );
  });
  router.openapi(change, async (context) => {
    const { idOrName } = context.req.valid("param");
    const { acceptRisks: risks = [], ...input } = context.req.valid("json");
    const changed = await changeTemplate(
      dependencies,
      context.get("access"),
      idOrName,
      (rules) => mergeRules(rules, input),
      risks,
    );
    return context.json(present(valueOf(changed)), 200);
  });
  router.openapi(listVersions, async (context) => {
    const { idOrName } = context.req.valid("param");
    const query = context.req.valid("query");
    const page = valueOf(
      await listTemplateVersions(dependencies, context.get("access"), idOrName, query),
    );
    return context.json({ ...page, items: page.items.map(presentVersion) }, 200);
  });
  router.openapi(findVersion, async (context) => {
    const { idOrName, version } = context.req.valid("param");
    const found = valueOf(
      await findTemplateVersion(dependencies, context.get("access"), idOrName, version),
    );
    return context.json(presentVersion(found), 200);
  });
  return router;
}
