/** `/tenants/{tenant}/enrolment-requests`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  decideEnrolmentRequest,
  findEnrolmentRequest,
  listEnrolmentRequests,
  type NamedEnrolmentRequest,
} from "../../administration/enrolment-requests.ts";
import { keyUsageNamesOf } from "../../pki/key-usage.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import {
  idPath,
  pageOf,
  pageQuery,
  plainText,
  subjectAlternativeName,
  tenantPath,
  time,
} from "./schemas.ts";

const status = z.enum(["pending", "approved", "rejected", "issued", "expired"]);

const EnrolmentRequest = z
  .object({
    id: z.string(),
    transactionID: z.string(),
    subject: z.string(),
    subjectAlternativeNames: z.array(subjectAlternativeName),
    publicKeySha256: z
      .string()
      .openapi({ description: "Of the SubjectPublicKeyInfo, lower-case hexadecimal" }),
    keyUsage: z.array(z.string()),
    extendedKeyUsage: z.array(z.string()).openapi({ description: "Object identifiers" }),
    validityDays: z.number(),
    tokenId: z
      .string()
      .optional()
      .openapi({ description: "Absent: the request came without a challenge, from anybody" }),
    status: status.openapi({
      description: "approved: decided, and issued when the device asks again",
    }),
    configuration: z.string(),
    requestedAt: time,
    expiresAt: time,
    decidedBy: z.string().optional().openapi({ description: "As the audit log names them" }),
    decisionReason: z.string().optional(),
    serialNumber: z.string().optional().openapi({ description: "Lower-case hexadecimal" }),
  })
  .openapi("EnrolmentRequest");

const DecisionBody = z
  .strictObject({ reason: plainText(500).optional() })
  .openapi("EnrolmentDecision");

const described = { tags: ["enrolment-requests"], ...secured };
const base = "/tenants/{tenant}/enrolment-requests";

const list = createRoute({
  ...described,
  ...requires("enrolment-request.read"),
  method: "get",
  path: base,
  summary: "List requests of devices that waited or wait for approval",
  request: { params: tenantPath, query: pageQuery.extend({ status: status.optional() }) },
  responses: { 200: answer(pageOf(EnrolmentRequest), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("enrolment-request.read"),
  method: "get",
  path: `${base}/{id}`,
  summary: "Show a request",
  request: { params: idPath },
  responses: { 200: answer(EnrolmentRequest, "The request"), ...problems },
});

/** Without a body there is no reason, which is allowed. */
const decision = {
  request: { params: idPath, body: { ...jsonBody(DecisionBody), required: false } },
  responses: { 200: answer(EnrolmentRequest, "As decided"), ...changeProblems },
};

const approve = createRoute({
  ...described,
  ...requires("enrolment-request.decide"),
  ...decision,
  method: "post",
  path: `${base}/{id}/approve`,
  summary: "Approve: the device gets its certificate when it asks again",
});

const reject = createRoute({
  ...described,
  ...requires("enrolment-request.decide"),
  ...decision,
  method: "post",
  path: `${base}/{id}/reject`,
  summary: "Reject: the device gets a FAILURE when it asks again",
});

const present = (request: NamedEnrolmentRequest) => ({
  id: request.id,
  transactionID: request.transactionID,
  subject: request.subject,
  subjectAlternativeNames: [...request.subjectAltNames],
  publicKeySha256: request.requesterKeyDigestHex,
  keyUsage: keyUsageNamesOf(request.keyUsage),
  extendedKeyUsage: [...request.extendedKeyUsage],
  validityDays: request.validitySeconds / 86_400,
  ...(request.tokenId === undefined ? {} : { tokenId: request.tokenId }),
  status: request.status,
  configuration: request.configurationName,
  requestedAt: request.requestedAt.toISOString(),
  expiresAt: request.expiresAt.toISOString(),
  ...(request.decidedBy ? { decidedBy: request.decidedBy } : {}),
  ...(request.decisionReason ? { decisionReason: request.decisionReason } : {}),
  ...(request.serialNumberHex ? { serialNumber: request.serialNumberHex } : {}),
});

export function enrolmentRequestRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(list, async (context) => {
    const { status: wanted, ...page } = context.req.valid("query");
    const found = await listEnrolmentRequests(dependencies, context.get("access"), wanted, page);
    return context.json({ ...found, items: found.items.map(present) }, 200);
  });
  router.openapi(find, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(
      present(valueOf(await findEnrolmentRequest(dependencies, context.get("access"), id))),
      200,
    );
  });
  for (const [route, approved] of [
    [approve, true],
    [reject, false],
  ] as const) {
    router.openapi(route, async (context) => {
      const { id } = context.req.valid("param");
      const { reason = "" } = context.req.valid("json");
      const decided = await decideEnrolmentRequest(dependencies, context.get("access"), id, {
        approved,
        reason,
      });
      return context.json(present(valueOf(decided)), 200);
    });
  }
  return router;
}
