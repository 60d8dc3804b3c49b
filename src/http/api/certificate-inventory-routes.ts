/** `/tenants/{tenant}/certificates`: export, statistics and one certificate's story. */
import { createRoute, z } from "@hono/zod-openapi";
import { exportCertificates } from "../../administration/certificate-filter.ts";
import {
  certificateStatistics,
  type NamedCount,
} from "../../administration/certificate-statistics.ts";
import { tellCertificateStory } from "../../administration/certificates.ts";
import { exportResponse } from "./certificate-export.ts";
import {
  Certificate,
  filterShape,
  presentCertificate,
  readFilter,
  serialNumberPath,
} from "./certificate-schemas.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { tenantPath, time } from "./schemas.ts";

const described = { tags: ["certificates"], ...secured, ...requires("certificate.read") };
const base = "/tenants/{tenant}/certificates";

const exportRoute = createRoute({
  ...described,
  method: "get",
  path: `${base}/export`,
  summary: "All certificates that fit, as one stream",
  request: {
    params: tenantPath,
    query: z.object({ format: z.enum(["csv", "json"]).default("csv"), ...filterShape }),
  },
  responses: {
    200: {
      description: "CSV with a line of headings, or a JSON array",
      content: {
        "text/csv": { schema: z.string() },
        "application/json": { schema: z.array(Certificate) },
      },
    },
    ...problems,
  },
});

const Count = z.object({
  date: z.iso.date(),
  configuration: z.string(),
  count: z.int(),
});
const Statistics = z
  .object({
    issued: z.array(Count),
    revoked: z.array(Count),
    expiring: z.array(Count).openapi({ description: "End on that day and are not revoked" }),
  })
  .openapi("CertificateStatistics", { description: "Days in UTC; those without any are left out" });

const statistics = createRoute({
  ...described,
  method: "get",
  path: `${base}/statistics`,
  summary: "Certificates per day: issued and revoked in the days past, ending in the days to come",
  request: {
    params: tenantPath,
    query: z.object({ days: z.coerce.number().int().min(1).max(400).default(30) }),
  },
  responses: { 200: answer(Statistics, "The counts"), ...problems },
});

const Story = z
  .object({
    certificate: Certificate,
    authorisation: z
      .record(z.string(), z.unknown())
      .openapi({ description: "Why it was signed, as it was recorded before" }),
    events: z.array(
      z.object({ at: time, event: z.string(), details: z.record(z.string(), z.unknown()) }),
    ),
    renewalOf: z
      .array(z.string())
      .openapi({ description: "Serial numbers of the certificates before it, the nearest first" }),
    renewedBy: z.array(z.string()).openapi({ description: "Those that came from it" }),
  })
  .openapi("CertificateStory");

const story = createRoute({
  ...described,
  method: "get",
  path: `${base}/{serialNumber}/story`,
  summary: "What happened to a certificate, from its request on",
  request: { params: serialNumberPath },
  responses: { 200: answer(Story, "The story"), ...problems },
});

const presentCounts = (counts: readonly NamedCount[], wanted: NamedCount["what"]) =>
  counts
    .filter(({ what }) => what === wanted)
    .map(({ date, configurationName, count }) => ({
      date: date.toISOString().slice(0, 10),
      configuration: configurationName,
      count,
    }));

/** Before the routes with a serial number in the same place. */
export function certificateInventoryRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(exportRoute, (context) => {
    const { format, ...query } = context.req.valid("query");
    const pages = exportCertificates(dependencies, context.get("access"), readFilter(query));
    return exportResponse(pages, format, dependencies.reportFault);
  });
  router.openapi(statistics, async (context) => {
    const { days } = context.req.valid("query");
    const counts = await certificateStatistics(dependencies, context.get("access"), days);
    return context.json(
      {
        issued: presentCounts(counts, "issued"),
        revoked: presentCounts(counts, "revoked"),
        expiring: presentCounts(counts, "expiring"),
      },
      200,
    );
  });
  router.openapi(story, async (context) => {
    const serialNumber = context.req.valid("param").serialNumber.toLowerCase();
    const told = valueOf(
      await tellCertificateStory(dependencies, context.get("access"), serialNumber),
    );
    return context.json(
      {
        certificate: presentCertificate(told.record),
        authorisation: { ...told.authorisation },
        events: told.events.map(({ at, event, details }) => ({
          at: at.toISOString(),
          event,
          details: { ...details },
        })),
        renewalOf: [...told.renewalOf],
        renewedBy: [...told.renewedBy],
      },
      200,
    );
  });
  return router;
}
