/** `/tenants/{tenant}/transactions`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  type ExplainedEvent,
  findTransaction,
  searchTransactions,
} from "../../administration/transactions.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { idPath, pageOf, pageQuery, subjectAlternativeName, tenantPath, time } from "./schemas.ts";

const MicrosoftCall = z.object({
  hop: z.string(),
  activityId: z
    .string()
    .openapi({ description: "client-request-id: what Microsoft's support asks for" }),
  httpStatus: z.int().optional(),
  milliseconds: z.number(),
  detail: z.string().optional(),
});

const Event = z
  .object({
    id: z.string(),
    at: time,
    outcome: z
      .enum(["issued", "repeated", "pending", "answered", "refused", "postponed"])
      .openapi({ description: "postponed: nothing was decided, the device is to ask again" }),
    reason: z.string().optional(),
    detail: z.string().optional(),
    meaning: z.string().optional().openapi({ description: "The reason in plain words" }),
    remedy: z.string().optional().openapi({ description: "What to do about it" }),
    subject: z.string().optional(),
    subjectAlternativeNames: z.array(subjectAlternativeName).optional(),
    serialNumber: z.string().optional().openapi({ description: "Lower-case hexadecimal" }),
    microsoftCode: z.string().optional(),
    microsoftCalls: z.array(MicrosoftCall).optional(),
    more: z
      .record(z.string(), z.unknown())
      .openapi({ description: "What else the log line says: client, algorithms, milliseconds" }),
  })
  .openapi("TransactionEvent");

const Transaction = z
  .object({
    id: z.string(),
    transactionID: z.string().openapi({ description: "As in the SCEP messages" }),
    configuration: z.string(),
    latest: Event,
  })
  .openapi("Transaction");
const TransactionWithEvents = Transaction.extend({
  events: z.array(Event).openapi({ description: "Oldest first; the newest 200 at most" }),
}).openapi("TransactionWithEvents");

const described = { tags: ["transactions"], ...secured };

const search = createRoute({
  ...described,
  ...requires("transaction.read"),
  method: "get",
  path: "/tenants/{tenant}/transactions",
  summary: "Search what devices asked for and what came of it, newest first; kept for 90 days",
  request: {
    params: tenantPath,
    query: pageQuery.extend({
      search: z.string().max(200).optional().openapi({
        description:
          "Part of a subject or subjectAltName, or the beginning of a serial number or transactionID",
      }),
    }),
  },
  responses: { 200: answer(pageOf(Transaction), "A page"), ...problems },
});

const find = createRoute({
  ...described,
  ...requires("transaction.read"),
  method: "get",
  path: "/tenants/{tenant}/transactions/{id}",
  summary: "Show a transaction with its whole timeline",
  request: { params: idPath },
  responses: { 200: answer(TransactionWithEvents, "The transaction"), ...problems },
});

const present = (event: ExplainedEvent) => ({
  id: event.id,
  at: event.at.toISOString(),
  outcome: event.outcome,
  ...(event.reason === undefined ? {} : { reason: event.reason }),
  ...(event.detail === undefined ? {} : { detail: event.detail }),
  ...event.explanation,
  ...(event.subject === undefined ? {} : { subject: event.subject }),
  ...(event.subjectAltNames ? { subjectAlternativeNames: [...event.subjectAltNames] } : {}),
  ...(event.serialNumberHex === undefined ? {} : { serialNumber: event.serialNumberHex }),
  ...(event.intuneCode === undefined ? {} : { microsoftCode: event.intuneCode }),
  ...(event.intuneCalls ? { microsoftCalls: [...event.intuneCalls] } : {}),
  more: { ...event.more },
});

const presentTransaction = (id: string, latest: ExplainedEvent) => ({
  id,
  transactionID: latest.transactionID,
  configuration: latest.configurationName,
  latest: present(latest),
});

export function transactionRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(search, async (context) => {
    const { search: text, ...query } = context.req.valid("query");
    const access = context.get("access");
    const page = await searchTransactions(dependencies, access, text || undefined, query);
    const items = page.items.map(({ id, latest }) => presentTransaction(id, latest));
    return context.json({ ...page, items }, 200);
  });
  router.openapi(find, async (context) => {
    const { id } = context.req.valid("param");
    const events = valueOf(await findTransaction(dependencies, context.get("access"), id));
    const latest = events.at(-1);
    if (!latest) throw new Error("A transaction without an event.");
    return context.json({ ...presentTransaction(id, latest), events: events.map(present) }, 200);
  });
  return router;
}
