/** `/tenants/{tenant}/notices`. */
import { createRoute, z } from "@hono/zod-openapi";
import { listNotices } from "../../administration/notices.ts";
import type { RecordedAuthorityEvent } from "../../ports/authority-event-store.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { answer, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { pageOf, pageQuery, tenantPath, time } from "./schemas.ts";

const Notice = z
  .object({
    id: z.string(),
    at: time,
    event: z.string().openapi({
      description:
        "certificate-revoked, certificate-released, certificate-undelivered, authority-expiring, " +
        "enrolment-agent-expiring, ocsp-responder-expiring, crl-trouble, key-trouble and others",
    }),
    certificateAuthority: z.string().openapi({ description: "Its id" }),
    subject: z.string().openapi({ description: "A serial number, or what else it is about" }),
    details: z.record(z.string(), z.unknown()),
  })
  .openapi("Notice");

const list = createRoute({
  tags: ["notices"],
  ...secured,
  ...requires("certificate.read"),
  method: "get",
  path: "/tenants/{tenant}/notices",
  summary: "List what the tenant's CAs had to tell, newest first",
  description:
    "Of a CA that several tenants share, only what is about the tenant's own configurations. " +
    "A notice arrives within about a minute.",
  request: { params: tenantPath, query: pageQuery },
  responses: { 200: answer(pageOf(Notice), "A page"), ...problems },
});

const present = (notice: RecordedAuthorityEvent) => ({
  id: notice.id,
  at: notice.at.toISOString(),
  event: notice.event,
  certificateAuthority: notice.certificateAuthorityId,
  subject: notice.subject,
  details: { ...notice.details },
});

export function noticeRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(list, async (context) => {
    const access = context.get("access");
    const page = await listNotices(dependencies, access, context.req.valid("query"));
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  return router;
}
