/** `/tenants/{tenant}/certificate-templates/{idOrName}/preview`. */
import { createRoute, z } from "@hono/zod-openapi";
import { previewTemplate, type TemplatePreview } from "../../administration/template-preview.ts";
import { formatDistinguishedName } from "../../pki/distinguished-name.ts";
import { keyUsageNamesOf } from "../../pki/key-usage.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { idOrNamePath, subjectAlternativeName, time } from "./schemas.ts";

const PreviewRequest = z
  .strictObject({
    request: z
      .string()
      .max(60_000)
      .openapi({ description: "PKCS #10 as PEM, or its DER in base64" }),
    certificateAuthority: z.string().optional().openapi({ description: "Id or name" }),
    scepConfiguration: z.string().optional().openapi({
      description: "Name of the configuration under whose digests, CA and kind it would be issued",
    }),
  })
  .openapi("TemplatePreviewRequest");

const Preview = z
  .object({
    outcome: z.enum(["issued", "refused"]),
    template: z.object({ id: z.string(), name: z.string(), version: z.int() }),
    certificate: z
      .object({
        subject: z.string(),
        subjectAlternativeNames: z.array(subjectAlternativeName),
        keyUsage: z.array(z.string()),
        extendedKeyUsage: z.array(z.string()),
        certificatePolicies: z.array(z.string()),
        notBefore: time,
        notAfter: time,
      })
      .optional(),
    refusal: z.object({ reason: z.string(), detail: z.string() }).optional(),
    warnings: z.array(z.string()),
  })
  .openapi("TemplatePreview");

const preview = createRoute({
  tags: ["certificate-templates"],
  ...secured,
  ...requires("template.read"),
  method: "post",
  path: "/tenants/{tenant}/certificate-templates/{idOrName}/preview",
  summary: "Show what a request would get: nothing is authorised or issued",
  request: { params: idOrNamePath, body: jsonBody(PreviewRequest) },
  responses: { 200: answer(Preview, "What it would get, or why it would not"), ...changeProblems },
});

function present({ template, certificate, refusal, warnings }: TemplatePreview) {
  const { id, name, version, certificatePolicies = [] } = template;
  return {
    outcome: refusal ? ("refused" as const) : ("issued" as const),
    template: { id, name, version },
    ...(certificate && {
      certificate: {
        subject: formatDistinguishedName(certificate.requested.subject),
        subjectAlternativeNames: [...certificate.requested.subjectAltNames],
        keyUsage: keyUsageNamesOf(certificate.requested.content.keyUsage),
        extendedKeyUsage: [...certificate.requested.content.extendedKeyUsage],
        certificatePolicies: certificatePolicies.map(({ policy }) => policy),
        notBefore: new Date(certificate.validity.notBeforeSeconds * 1000).toISOString(),
        notAfter: new Date(certificate.validity.notAfterSeconds * 1000).toISOString(),
      },
    }),
    ...(refusal && { refusal: { ...refusal } }),
    warnings: [...warnings],
  };
}

export function templatePreviewRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(preview, async (context) => {
    const { idOrName } = context.req.valid("param");
    const input = context.req.valid("json");
    return context.json(
      present(valueOf(await previewTemplate(dependencies, context.get("access"), idOrName, input))),
      200,
    );
  });
  return router;
}
