/** `/tenants/{tenant}/webhooks`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  changeWebhook,
  createWebhook,
  findWebhook,
  listDeliveries,
  listWebhooks,
  removeWebhook,
  replaceWebhookSecret,
  testWebhook,
} from "../../administration/webhooks.ts";
import { type Delivery, type Webhook, webhookEvents } from "../../ports/webhook-store.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { idPath, pageOf, pageQuery, tenantPath, time } from "./schemas.ts";

const url = z.string().min(1).max(2000).openapi({
  description: "https, with a public name",
  example: "https://hooks.example.com/scep",
});
const events = z.array(z.enum(webhookEvents)).min(1).max(webhookEvents.length);

const NewWebhook = z.strictObject({ url, events }).openapi("NewWebhook");
const WebhookChanges = z
  .strictObject({ url: url.optional(), events: events.optional(), enabled: z.boolean().optional() })
  .openapi("WebhookChanges");
const WebhookAnswer = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(z.enum(webhookEvents)),
    enabled: z.boolean(),
    failingSince: time.optional(),
    createdAt: time,
  })
  .openapi("Webhook");
const CreatedWebhook = WebhookAnswer.extend({
  secret: z.string().optional().openapi({
    description: "`whsec_…`, for checking signatures. In this answer only, not in a repeated one.",
  }),
}).openapi("CreatedWebhook");
const DeliveryAnswer = z
  .object({
    id: z.string(),
    event: z.enum([...webhookEvents, "test"]),
    status: z.enum(["waiting", "delivered", "failed"]),
    attempts: z.int(),
    nextAttemptAt: time.optional(),
    deliveredAt: time.optional(),
    lastStatus: z.int().optional(),
    lastError: z.string().optional(),
    createdAt: time,
  })
  .openapi("WebhookDelivery");

const described = { tags: ["webhooks"], ...secured };
const base = "/tenants/{tenant}/webhooks";
const one = `${base}/{id}`;

const create = createRoute({
  ...described,
  ...requires("webhook.manage"),
  method: "post",
  path: base,
  summary: "Create a webhook; its secret is shown once",
  request: { params: tenantPath, body: jsonBody(NewWebhook) },
  responses: { 201: answer(CreatedWebhook, "Created"), ...changeProblems },
});
const list = createRoute({
  ...described,
  ...requires("webhook.read"),
  method: "get",
  path: base,
  summary: "List webhooks",
  request: { params: tenantPath, query: pageQuery },
  responses: { 200: answer(pageOf(WebhookAnswer), "A page"), ...problems },
});
const find = createRoute({
  ...described,
  ...requires("webhook.read"),
  method: "get",
  path: one,
  summary: "Show a webhook",
  request: { params: idPath },
  responses: { 200: answer(WebhookAnswer, "The webhook"), ...problems },
});
const change = createRoute({
  ...described,
  ...requires("webhook.manage"),
  method: "patch",
  path: one,
  summary: "Change a webhook, switch it on or off",
  request: { params: idPath, body: jsonBody(WebhookChanges) },
  responses: { 200: answer(WebhookAnswer, "Changed"), ...changeProblems },
});
const remove = createRoute({
  ...described,
  ...requires("webhook.manage"),
  method: "delete",
  path: one,
  summary: "Remove a webhook and what was on its way to it",
  request: { params: idPath },
  responses: { 204: { description: "Removed" }, ...changeProblems },
});
const replaceSecret = createRoute({
  ...described,
  ...requires("webhook.manage"),
  method: "post",
  path: `${one}/secret`,
  summary: "A new secret, shown once; for 24 hours the one before signs beside it",
  request: { params: idPath },
  responses: { 200: answer(CreatedWebhook, "Replaced"), ...changeProblems },
});
const test = createRoute({
  ...described,
  ...requires("webhook.manage"),
  method: "post",
  path: `${one}/test`,
  summary: "Send a test event; look at the deliveries for what came of it",
  request: { params: idPath },
  responses: {
    202: answer(z.object({ deliveryId: z.string() }), "On its way"),
    ...changeProblems,
  },
});
const deliveries = createRoute({
  ...described,
  ...requires("webhook.read"),
  method: "get",
  path: `${one}/deliveries`,
  summary: "List deliveries, newest first",
  request: { params: idPath, query: pageQuery },
  responses: { 200: answer(pageOf(DeliveryAnswer), "A page"), ...problems },
});

const present = (webhook: Webhook) => ({
  id: webhook.id,
  url: webhook.url,
  events: [...webhook.events],
  enabled: webhook.enabled,
  ...(webhook.failingSince === undefined
    ? {}
    : { failingSince: webhook.failingSince.toISOString() }),
  createdAt: webhook.createdAt.toISOString(),
});

const presentDelivery = (delivery: Delivery) => ({
  id: delivery.id,
  event: delivery.event,
  status: delivery.status,
  attempts: delivery.attempts,
  ...(delivery.status === "waiting" ? { nextAttemptAt: delivery.nextAttemptAt.toISOString() } : {}),
  ...(delivery.deliveredAt === undefined
    ? {}
    : { deliveredAt: delivery.deliveredAt.toISOString() }),
  ...(delivery.lastStatus === undefined ? {} : { lastStatus: delivery.lastStatus }),
  ...(delivery.lastError === undefined ? {} : { lastError: delivery.lastError }),
  createdAt: delivery.createdAt.toISOString(),
});

export function webhookRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(create, async (context) => {
    const { webhook, secret } = valueOf(
      await createWebhook(dependencies, context.get("access"), context.req.valid("json")),
    );
    return context.json({ ...present(webhook), secret }, 201);
  });
  router.openapi(list, async (context) => {
    const page = await listWebhooks(
      dependencies,
      context.get("access"),
      context.req.valid("query"),
    );
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(find, async (context) => {
    const { id } = context.req.valid("param");
    const webhook = valueOf(await findWebhook(dependencies, context.get("access"), id));
    return context.json(present(webhook), 200);
  });
  router.openapi(change, async (context) => {
    const { id } = context.req.valid("param");
    const wanted = context.req.valid("json");
    const webhook = valueOf(await changeWebhook(dependencies, context.get("access"), id, wanted));
    return context.json(present(webhook), 200);
  });
  router.openapi(remove, async (context) => {
    const { id } = context.req.valid("param");
    valueOf(await removeWebhook(dependencies, context.get("access"), id));
    return context.body(null, 204);
  });
  router.openapi(replaceSecret, async (context) => {
    const { id } = context.req.valid("param");
    const { webhook, secret } = valueOf(
      await replaceWebhookSecret(dependencies, context.get("access"), id),
    );
    return context.json({ ...present(webhook), secret }, 200);
  });
  router.openapi(test, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(valueOf(await testWebhook(dependencies, context.get("access"), id)), 202);
  });
  router.openapi(deliveries, async (context) => {
    const { id } = context.req.valid("param");
    const page = valueOf(
      await listDeliveries(dependencies, context.get("access"), id, context.req.valid("query")),
    );
    return context.json({ ...page, items: page.items.map(presentDelivery) }, 200);
  });
  return router;
}
