/** `/presets`: what a new SCEP configuration may start with. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Preset } from "../../administration/presets/preset.ts";
import { presetNames, presets } from "../../administration/presets/presets.ts";
import { contentEncryptionNames, digestNames } from "../../pki/algorithms.ts";
import type { PresetName } from "../../ports/scep-configuration-directory.ts";
import { answer, problems, requiresNothing, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { presentProposal } from "./template-rules.ts";
import { rulesShape } from "./template-schema.ts";

const PresetAnswer = z
  .object({
    name: z.enum(presetNames),
    purpose: z.string(),
    contentEncryption: z.array(z.enum(contentEncryptionNames)),
    digests: z.array(z.enum(digestNames)),
    allowPlainHttp: z.boolean(),
    chain: z.object({
      agentCopies: z.int(),
      root: z.boolean(),
      singleCertificate: z.boolean().openapi({ description: "With a CA that is its own agent" }),
    }),
    legacyAlgorithms: z.boolean().openapi({ description: "Whether DES and MD5 may be set" }),
    template: z
      .object({
        requestSignature: rulesShape.requestSignature,
        renewal: rulesShape.renewal,
        keyUsage: rulesShape.keyUsage,
        backdateMinutes: rulesShape.backdateMinutes,
        requestedValidity: rulesShape.requestedValidity,
      })
      .openapi({ description: "A proposal: only what the certificate template says is done" }),
    warnings: z.array(z.string()),
  })
  .openapi("Preset");

const list = createRoute({
  tags: ["presets"],
  ...secured,
  ...requiresNothing,
  method: "get",
  path: "/presets",
  summary: "List the presets: which clients each is for, what it sets, what it proposes",
  responses: {
    200: answer(z.object({ items: z.array(PresetAnswer) }), "All presets"),
    401: problems[401],
  },
});

const present = (
  name: PresetName,
  { purpose, wire, chain, legacyAlgorithms, template, warnings }: Preset,
) => ({
  name,
  purpose,
  contentEncryption: [...wire.contentEncryption],
  digests: [...wire.digests],
  allowPlainHttp: wire.plainHttp,
  chain: { ...chain },
  legacyAlgorithms,
  template: presentProposal(template),
  warnings: [...warnings],
});

export function presetRoutes() {
  const router = createRouter();
  router.openapi(list, (context) =>
    context.json({ items: presetNames.map((name) => present(name, presets[name])) }, 200),
  );
  return router;
}
