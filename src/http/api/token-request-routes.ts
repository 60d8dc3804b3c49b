/** `/tenants/{tenant}/token-requests`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  approveTokenRequest,
  createTokenRequest,
  findTokenRequest,
  listTokenRequests,
  type NamedTokenRequest,
  rejectTokenRequest,
} from "../../administration/token-requests.ts";
import { replaceTokenLink } from "../../administration/replaced-links.ts";
import { formatDistinguishedName } from "../../pki/distinguished-name.ts";
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

const NewTokenRequest = z
  .strictObject({
    configuration: z.string().min(1).max(64).openapi({ description: "Name or id" }),
    subject: z.string().max(1024).default("").openapi({
      description: "RFC 4514, any part of a subject; what is more specific is free",
      example: "O=Demo",
    }),
    subjectAlternativeNames: z.array(subjectAlternativeName).max(100).default([]),
    contactEmail: z.email().max(254),
    maxUses: z.int().min(1).max(1_000_000_000).optional(),
    expiresAt: time.optional().openapi({ description: "365 days from now when absent" }),
  })
  .openapi("NewTokenRequest");

const status = z.enum(["pending", "approved", "rejected"]);

const TokenRequestAnswer = z
  .object({
    id: z.string(),
    status,
    configuration: z.string(),
    subject: z.string(),
    subjectAlternativeNames: z.array(subjectAlternativeName),
    contactEmail: z.string(),
    maxUses: z.int().optional(),
    expiresAt: time,
    tokenId: z.string().optional(),
    decidedBy: z.string().optional().openapi({ description: "As the audit log names them" }),
    decisionReason: z.string().optional(),
    createdAt: time,
    warnings: z.array(z.string()),
  })
  .openapi("TokenRequest");

const Approved = z
  .object({
    id: z.string(),
    status: z.literal("approved"),
    tokenId: z.string(),
    redeemUrl: z.url().optional().openapi({
      description:
        "One-time page with the challenge. In this answer only, and not in a repeated one.",
    }),
    redeemUntil: time,
  })
  .openapi("ApprovedTokenRequest");

const NewLink = z
  .object({
    id: z.string(),
    tokenId: z.string(),
    redeemUrl: z.url().optional().openapi({
      description: "One-time page. In this answer and the mail only, and not in a repeated answer.",
    }),
    redeemUntil: time,
  })
  .openapi("NewTokenLink");

const described = { tags: ["token-requests"], ...secured };
const base = "/tenants/{tenant}/token-requests";

const create = createRoute({
  ...described,
  ...requires("token-request.create"),
  method: "post",
  path: base,
  summary: "Ask for a multi-use token",
  request: { params: tenantPath, body: jsonBody(NewTokenRequest) },
  responses: { 201: answer(TokenRequestAnswer, "Waits for approval"), ...changeProblems },
});

const list = createRoute({
  ...described,
  ...requires("token-request.read"),
  method: "get",
  path: base,
  summary: "List token requests",
  request: { params: tenantPath, query: pageQuery.extend({ status: status.optional() }) },
  responses: { 200: answer(pageOf(TokenRequestAnswer), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("token-request.read"),
  method: "get",
  path: `${base}/{id}`,
  summary: "Show a token request",
  request: { params: idPath },
  responses: { 200: answer(TokenRequestAnswer, "The request"), ...problems },
});

const approve = createRoute({
  ...described,
  ...requires("token-request.approve"),
  method: "post",
  path: `${base}/{id}/approve`,
  summary: "Approve: makes the token and its one-time link",
  request: { params: idPath },
  responses: { 200: answer(Approved, "Approved"), ...changeProblems },
});

const reject = createRoute({
  ...described,
  ...requires("token-request.approve"),
  method: "post",
  path: `${base}/{id}/reject`,
  summary: "Reject",
  request: {
    params: idPath,
    body: {
      ...jsonBody(z.strictObject({ reason: plainText(500).optional() })),
      required: false,
    },
  },
  responses: { 200: answer(TokenRequestAnswer, "Rejected"), ...changeProblems },
});

const replaceLink = createRoute({
  ...described,
  ...requires("token-request.approve"),
  method: "post",
  path: `${base}/{id}/link`,
  summary: "Make a new one-time link and mail it; the one before dies",
  request: { params: idPath },
  responses: { 200: answer(NewLink, "Replaced"), ...changeProblems },
});

const emptySubjectWarning =
  "The subject is empty: whoever has the challenge can get a certificate for any name. " +
  "Give at least the organisation, better everything up to the common name.";

const present = (request: NamedTokenRequest) => ({
  id: request.id,
  status: request.status,
  configuration: request.configurationName,
  subject: formatDistinguishedName(request.subject),
  subjectAlternativeNames: [...request.subjectAltNames],
  contactEmail: request.contactEmail,
  ...(request.maxUses === undefined ? {} : { maxUses: request.maxUses }),
  expiresAt: request.expiresAt.toISOString(),
  ...(request.tokenId === undefined ? {} : { tokenId: request.tokenId }),
  ...(request.decidedBy === undefined ? {} : { decidedBy: request.decidedBy }),
  ...(request.decisionReason === undefined ? {} : { decisionReason: request.decisionReason }),
  createdAt: request.createdAt.toISOString(),
  warnings: request.subject.length === 0 ? [emptySubjectWarning] : [],
});

export function tokenRequestRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(create, async (context) => {
    const { expiresAt, ...input } = context.req.valid("json");
    const created = await createTokenRequest(dependencies, context.get("access"), {
      ...input,
      expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    });
    return context.json(present(valueOf(created)), 201);
  });
  router.openapi(list, async (context) => {
    const { status: wanted, ...query } = context.req.valid("query");
    const access = context.get("access");
    const page = await listTokenRequests(dependencies, access, { status: wanted }, query);
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(find, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(
      present(valueOf(await findTokenRequest(dependencies, context.get("access"), id))),
      200,
    );
  });
  router.openapi(approve, async (context) => {
    const { id } = context.req.valid("param");
    const approved = valueOf(await approveTokenRequest(dependencies, context.get("access"), id));
    const { tokenId, redeemUrl, redeemUntil } = approved;
    return context.json(
      {
        id,
        status: "approved" as const,
        tokenId,
        redeemUrl,
        redeemUntil: redeemUntil.toISOString(),
      },
      200,
    );
  });
  router.openapi(replaceLink, async (context) => {
    const { id } = context.req.valid("param");
    const { tokenId, redeemUrl, redeemUntil } = valueOf(
      await replaceTokenLink(dependencies, context.get("access"), id),
    );
    return context.json({ id, tokenId, redeemUrl, redeemUntil: redeemUntil.toISOString() }, 200);
  });
  router.openapi(reject, async (context) => {
    const { id } = context.req.valid("param");
    const { reason } = context.req.valid("json");
    const rejected = await rejectTokenRequest(dependencies, context.get("access"), id, reason);
    return context.json(present(valueOf(rejected)), 200);
  });
  return router;
}
