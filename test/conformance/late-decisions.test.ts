/** What changed while a request waited counts when the decision is carried out (RFC 8894, section 3.3.3). Black box. */
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { certPoll, decide } from "../support/approval.ts";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectPending, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

const day = 86_400_000;
let tenant: Tenant;
let client: scep.ScepClient;

beforeAll(async () => {
  tenant = await createTenant("Late");
  client = await tenant.configuration("late", {
    requiresApproval: true,
    template: { validityDays: 90 },
  });
});

afterEach(() => {
  vi.useRealTimers();
});

function newPlan(challenge?: string) {
  const key = scep.rsaKeyPair();
  const subject = scep.name("O=Demo", `CN=late ${crypto.randomUUID()}`);
  const request = { key, subject, ...(challenge === undefined ? {} : { challenge }) };
  return { request, signer: scep.selfSigned(key), transactionID: scep.transactionIDOf(key) };
}

const poll = (plan: ReturnType<typeof newPlan>) =>
  client.enrol(certPoll(plan, scep.name("CN=any"), plan.request.subject));

it("3.3.3 a token that ended while its request waited brings nothing, by poll or by the request again", async () => {
  const expiresAt = new Date(Date.now() + day).toISOString();
  const plan = newPlan((await tenant.token("late", { expiresAt })).challenge);
  expectPending(await client.enrol(plan));
  await decide(tenant, plan.transactionID, "approve");
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * day });
  expectFailure(await poll(plan), "badRequest");
  expectFailure(await client.enrol(plan), "badRequest");
});

it("3.3.3 a template that changed while the request waited holds: the poll is refused, the request again gets what is issued by now", async () => {
  const plan = newPlan();
  expectPending(await client.enrol(plan));
  await tenant.api.patch(tenant.path("certificate-templates/for late"), { validityDays: 1 });
  await tenant.api.patch(tenant.path("scep-configurations/late"), { requiresApproval: true });
  await decide(tenant, plan.transactionID, "approve");
  expectFailure(await poll(plan), "badRequest");
  const { certificate } = expectSuccess(await client.enrol(plan));
  expect(certificate.notAfter.getTime() - Date.now()).toBeLessThanOrEqual(day);
});

it("4.1 HEAD is no way to a certificate", async () => {
  const message = await client.build(newPlan());
  const query = `operation=PKIOperation&message=${encodeURIComponent(Buffer.from(message.der).toString("base64"))}`;
  const answer = await fetchWorker(new Request(`${client.url}?${query}`, { method: "HEAD" }));
  expect(answer.status).toBe(405);
});

it("a search may be as long as a transactionID", async () => {
  expect(await tenant.certificates("a".repeat(75))).toEqual([]);
});
