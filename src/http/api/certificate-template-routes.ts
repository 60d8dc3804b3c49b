/** `/tenants/{tenant}/certificate-templates`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  changeTemplate,
  createTemplate,
  findTemplate,
  listTemplates,
} from "../../administration/certificate-templates.ts";
import { defaultTemplateRules } from "../../administration/presets/default-template.ts";
import type { CertificateTemplate } from "../../ca/certificate-template.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { idOrNamePath, pageOf, pageQuery, plainText, tenantPath } from "./schemas.ts";
import { mergeRules, presentProposal, rulesShape } from "./template-rules.ts";

const NewTemplate = z
  .strictObject({ name: plainText(64), ...rulesShape })
  .openapi("NewCertificateTemplate");
const TemplatePatch = z.strictObject(rulesShape).openapi("CertificateTemplateChange");
const Template = z
  .object({ id: z.string(), name: z.string(), version: z.int(), ...rulesShape })
  .openapi("CertificateTemplate");

const described = { tags: ["certificate-templates"], ...secured };

const create = createRoute({
  ...described,
  ...requires("template.manage"),
  method: "post",
  path: "/tenants/{tenant}/certificate-templates",
  summary: "Create a certificate template",
  request: { params: tenantPath, body: jsonBody(NewTemplate) },
  responses: { 201: answer(Template, "Created"), ...changeProblems },
});

const list = createRoute({
  ...described,
  ...requires("template.read"),
  method: "get",
  path: "/tenants/{tenant}/certificate-templates",
  summary: "List certificate templates",
  request: { params: tenantPath, query: pageQuery },
  responses: { 200: answer(pageOf(Template), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("template.read"),
  method: "get",
  path: "/tenants/{tenant}/certificate-templates/{idOrName}",
  summary: "Show a certificate template",
  request: { params: idOrNamePath },
  responses: { 200: answer(Template, "The newest version"), ...problems },
});

const change = createRoute({
  ...described,
  ...requires("template.manage"),
  method: "patch",
  path: "/tenants/{tenant}/certificate-templates/{idOrName}",
  summary: "Change a certificate template: makes a new version",
  request: { params: idOrNamePath, body: jsonBody(TemplatePatch) },
  responses: { 200: answer(Template, "The new version"), ...changeProblems },
});

function present({ validitySeconds, backdateSeconds, ...template }: CertificateTemplate) {
  const { extendedKeyUsage, subjectAltName, keys, ...rest } = template;
  return {
    ...rest,
    ...presentProposal(template),
    validityDays: validitySeconds / (24 * 3600),
    backdateMinutes: backdateSeconds / 60,
    extendedKeyUsage: {
      allowed: [...extendedKeyUsage.allowed],
      default: [...extendedKeyUsage.default],
    },
    subjectAltName: { ...subjectAltName, types: [...subjectAltName.types] },
    keys: { rsa: keys.rsa ?? null, curves: [...keys.curves] },
  };
}

export function certificateTemplateRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(create, async (context) => {
    const { name, ...input } = context.req.valid("json");
    const rules = mergeRules(defaultTemplateRules, input);
    return context.json(
      present(valueOf(await createTemplate(dependencies, context.get("access"), name, rules))),
      201,
    );
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
    const input = context.req.valid("json");
    const changed = await changeTemplate(dependencies, context.get("access"), idOrName, (rules) =>
      mergeRules(rules, input),
    );
    return context.json(present(valueOf(changed)), 200);
  });
  return router;
}
