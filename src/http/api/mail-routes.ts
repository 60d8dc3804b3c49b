/** `/tenants/{tenant}/mails` and `/tenants/{tenant}/notification-addresses`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  changeNotificationAddresses,
  findNotificationAddresses,
  listMails,
  retryMail,
} from "../../administration/mails.ts";
import type { MailEntry } from "../../ports/mail-outbox.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { valueOf } from "./problem.ts";
import { answer, changeProblems, jsonBody, problems, requires, secured } from "./route.ts";
import { createRouter } from "./router.ts";
import { idPath, pageOf, pageQuery, tenantPath, time } from "./schemas.ts";

const Mail = z
  .object({
    id: z.string(),
    recipient: z.string(),
    kind: z.enum([
      "token-request-waiting",
      "token-approved",
      "enrolment-request-waiting",
      "expiring",
      "authority-trouble",
      "webhook-disabled",
    ]),
    about: z.string().openapi({ description: "The id of what it is about" }),
    status: z.enum(["waiting", "sent", "failed", "replaced"]).openapi({
      description: "`replaced`: its one-time link was replaced before it was sent",
    }),
    attempts: z.int(),
    nextAttemptAt: time.optional(),
    givesUpAt: time.optional(),
    sentAt: time.optional(),
    lastError: z.string().optional(),
    createdAt: time,
  })
  .openapi("Mail");

const addresses = z.array(z.email().max(254)).max(20);
const NotificationAddresses = z
  .object({
    approvals: z.array(z.string()).openapi({ description: "Told of what waits for a decision" }),
    upkeep: z.array(z.string()).openapi({ description: "Told of what ends or fails" }),
  })
  .openapi("NotificationAddresses");
const NotificationAddressChanges = z
  .strictObject({ approvals: addresses.optional(), upkeep: addresses.optional() })
  .openapi("NotificationAddressChanges");

const mails = { tags: ["mails"], ...secured };
const base = "/tenants/{tenant}/mails";

const list = createRoute({
  ...mails,
  ...requires("mail.read"),
  method: "get",
  path: base,
  summary: "List what was mailed, newest first",
  request: { params: tenantPath, query: pageQuery },
  responses: { 200: answer(pageOf(Mail), "A page"), ...problems },
});

const retry = createRoute({
  ...mails,
  ...requires("mail.manage"),
  method: "post",
  path: `${base}/{id}/retry`,
  summary: "Send a mail that failed again",
  request: { params: idPath },
  responses: { 200: answer(Mail, "Waits again"), ...changeProblems },
});

const notification = { tags: ["notification-addresses"], ...secured };
const notificationPath = "/tenants/{tenant}/notification-addresses";

const findAddresses = createRoute({
  ...notification,
  ...requires("mail.read"),
  method: "get",
  path: notificationPath,
  summary: "Show who is told by mail of what concerns the tenant",
  request: { params: tenantPath },
  responses: { 200: answer(NotificationAddresses, "The addresses"), ...problems },
});

const changeAddresses = createRoute({
  ...notification,
  ...requires("mail.manage"),
  method: "patch",
  path: notificationPath,
  summary: "Change who is told by mail",
  request: { params: tenantPath, body: jsonBody(NotificationAddressChanges) },
  responses: { 200: answer(NotificationAddresses, "Changed"), ...changeProblems },
});

const present = (mail: MailEntry) => ({
  id: mail.id,
  recipient: mail.recipient,
  kind: mail.message.kind,
  about: mail.about,
  status: mail.status,
  attempts: mail.attempts,
  ...(mail.status === "waiting"
    ? {
        nextAttemptAt: mail.nextAttemptAt.toISOString(),
        givesUpAt: mail.giveUpAt.toISOString(),
      }
    : {}),
  ...(mail.sentAt === undefined ? {} : { sentAt: mail.sentAt.toISOString() }),
  ...(mail.lastError === undefined ? {} : { lastError: mail.lastError }),
  createdAt: mail.createdAt.toISOString(),
});

export function mailRoutes(dependencies: ApiDependencies) {
  const router = createRouter();
  router.openapi(list, async (context) => {
    const page = await listMails(dependencies, context.get("access"), context.req.valid("query"));
    return context.json({ ...page, items: page.items.map(present) }, 200);
  });
  router.openapi(retry, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(
      present(valueOf(await retryMail(dependencies, context.get("access"), id))),
      200,
    );
  });
  router.openapi(findAddresses, async (context) => {
    const { approvals, upkeep } = await findNotificationAddresses(
      dependencies,
      context.get("access"),
    );
    return context.json({ approvals: [...approvals], upkeep: [...upkeep] }, 200);
  });
  router.openapi(changeAddresses, async (context) => {
    const { approvals, upkeep } = await changeNotificationAddresses(
      dependencies,
      context.get("access"),
      context.req.valid("json"),
    );
    return context.json({ approvals: [...approvals], upkeep: [...upkeep] }, 200);
  });
  return router;
}
