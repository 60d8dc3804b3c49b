/** Mails are sent at least once, in the normal case once, and what they carry rests nowhere. */
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliverMails } from "../../src/administration/mail-delivery.ts";
import { createCloudflareTransport } from "../../src/mail/cloudflare-transport.ts";
import { createSmtpTransport } from "../../src/mail/smtp-transport.ts";
import { noticeMails } from "../../src/administration/outgoing-mails.ts";
import type { Mail, MailFailure, MailTransport } from "../../src/ports/mail-transport.ts";
import { err, ok } from "../../src/result.ts";
import {
  app,
  call,
  challengeIn,
  clock,
  createApprovedToken,
  createReadyTenant,
  createTestTenant,
  dependencies,
  must,
  stores,
} from "../support/api.ts";

const minute = 60_000;
let tenant: Awaited<ReturnType<typeof createReadyTenant>>;
let sent: Mail[] = [];

/** A mail server in the good and the bad mood. */
const transport = (failure?: MailFailure): MailTransport => ({
  async send(mail) {
    if (failure) return err(failure);
    sent.push(mail);
    return ok(undefined);
  },
});
/** Fields of the log's events. */
let logged: { event: string; reason?: unknown }[] = [];
const log = { ...dependencies.log, write: (event: { event: string }) => void logged.push(event) };
const deliver = (failure?: MailFailure) =>
  deliverMails({ ...dependencies, log, mailTransport: transport(failure) });

const mails = async (): Promise<
  { id: string; status: string; kind: string; attempts: number; lastError?: string }[]
> => (await must(tenant.key, "GET", `${tenant.path}/mails?limit=100`)).items;

beforeAll(async () => {
  tenant = await createReadyTenant();
});
/** Each test has days of its own: newest first is then what the test itself did. */
let today = 0;
const at = (milliseconds: number) => (clock.offsetMilliseconds = today + milliseconds);
beforeEach(async () => {
  today += 3 * 24 * 60 * minute;
  at(0);
  await deliver();
  sent = [];
});

afterAll(() => {
  clock.offsetMilliseconds = 0;
});

const linkIn = (mail: Mail | undefined) => /https:\S+\/redeem\/\S+/.exec(mail?.text ?? "")?.[0];

describe("the mail with a one-time link", () => {
  it("is written with the approval, goes to the contact and brings the link that the API showed", async () => {
    const { redeemUrl, tokenId } = await createApprovedToken(tenant);
    const [waiting] = await mails();
    expect(waiting).toMatchObject({ kind: "token-approved", status: "waiting", about: tokenId });
    await deliver();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.to).toBe("someone@example.test");
    expect(linkIn(sent[0])).toBe(redeemUrl);
    expect(sent[0]?.html).toContain(`href="${redeemUrl}"`);
    expect((await mails())[0]).toMatchObject({ status: "sent", attempts: 1 });
  });

  it("rests wrapped while it waits, bound to its row and tenant, and not at all afterwards", async () => {
    const { redeemUrl } = await createApprovedToken(tenant);
    const row = () =>
      env.DB.prepare("select * from mail_outbox where tenant_id = ? order by id desc limit 1")
        .bind(tenant.id)
        .first<{
          id: string;
          wrapped_link: number[] | null;
        }>();
    const before = await row();
    const secret = redeemUrl.split("/").at(-1) ?? "";
    expect(JSON.stringify(before)).not.toContain(secret);
    const wrapped = Uint8Array.from(before?.wrapped_link ?? []);
    const context = { tenant: tenant.id, kind: "mail-link", id: before?.id ?? "" } as const;
    const opened = await dependencies.keyWrapping.unwrap(wrapped, context);
    expect(new TextDecoder().decode(opened)).toBe(secret);
    const other = (await createTestTenant()).id;
    await expect(
      dependencies.keyWrapping.unwrap(wrapped, { ...context, tenant: other }),
    ).rejects.toThrow();
    await deliver();
    expect((await row())?.wrapped_link).toBeNull();
    // What was erased is nothing that could be wrapped anew.
    const outdated = await stores.wrappedSecrets.listOutdated(1, 1000);
    expect(outdated.map((secret) => secret.context.id)).not.toContain(before?.id);
  });

  it("a lost link is replaced by a new one: the old one dies, also in the mail that still waited", async () => {
    const { redeemUrl, requestId } = await createApprovedToken(tenant);
    const path = `${tenant.path}/token-requests/${requestId}/link`;
    const replaced = await must(tenant.key, "POST", path);
    expect(replaced.redeemUrl).not.toBe(redeemUrl);
    await deliver();
    expect(sent.map(linkIn)).toEqual([replaced.redeemUrl]);
    expect((await mails()).slice(0, 2).map(({ status }) => status)).toEqual(["sent", "replaced"]);
    expect((await app.request(redeemUrl, { method: "POST" })).status).toBe(404);
    const page = await app.request(replaced.redeemUrl, { method: "POST" });
    expect(challengeIn(await page.text())).toBeDefined();
    const late = await call(tenant.key, "POST", path);
    expect(late.status).toBe(409);
    expect(late.text).toContain("shown already");
  });

  it("can be replaced after its end, but not of a request that nobody approved, nor by another tenant", async () => {
    const { requestId } = await createApprovedToken(tenant);
    const path = `token-requests/${requestId}/link`;
    at(25 * 60 * minute);
    const { redeemUrl } = await must(tenant.key, "POST", `${tenant.path}/${path}`);
    expect((await app.request(redeemUrl)).status).toBe(200);
    const other = await createTestTenant();
    expect((await call(other.key, "POST", `${other.path}/${path}`)).status).toBe(404);
    const pending = await must(tenant.key, "POST", `${tenant.path}/token-requests`, {
      configuration: "devices",
      contactEmail: "someone@example.test",
    });
    const refused = await call(
      tenant.key,
      "POST",
      `${tenant.path}/token-requests/${pending.id}/link`,
    );
    expect(refused.status).toBe(409);
  });

  it("is given up when its link ends, and is not sent again", async () => {
    await createApprovedToken(tenant);
    at(24 * 60 * minute + 1000);
    await deliver();
    expect(sent).toHaveLength(0);
    const [failed] = await mails();
    expect(failed).toMatchObject({ status: "failed", lastError: "It could not be sent in time." });
    const retried = await call(tenant.key, "POST", `${tenant.path}/mails/${failed?.id}/retry`);
    expect(retried.status).toBe(409);
    expect(retried.text).toContain("make a new one");
  });
});

describe("sending", () => {
  it("twenty senders at once send one mail once", async () => {
    await createApprovedToken(tenant);
    await Promise.all(Array.from({ length: 20 }, () => deliver()));
    expect(sent).toHaveLength(1);
  });

  it("a sender that died after sending leaves a mail that goes out again, under the same id", async () => {
    await createApprovedToken(tenant);
    const dying = {
      ...dependencies,
      mailTransport: transport(),
      mailOutbox: {
        ...stores.mailOutbox,
        markSent: () => Promise.reject(new Error("the isolate is gone")),
      },
    };
    await expect(deliverMails(dying)).rejects.toThrow("gone");
    await deliver();
    expect(sent, "the lease holds").toHaveLength(1);
    at(11 * minute);
    await deliver();
    await deliver();
    expect(sent).toHaveLength(2);
    expect(sent[0]?.id).toBe(sent[1]?.id);
    expect(linkIn(sent[0])).toBe(linkIn(sent[1]));
  });

  it("a failure is tried again after growing pauses, its reason can be read, and then it succeeds", async () => {
    await createApprovedToken(tenant);
    const failure = { permanent: false, reason: "MAIL: 451 try later" };
    const attempts: number[] = [];
    for (let minutes = 0; minutes < 16; minutes++) {
      at(minutes * minute + minutes * 100);
      const [before] = await mails();
      await deliver(failure);
      const [after] = await mails();
      if (after?.attempts !== before?.attempts) attempts.push(minutes);
    }
    expect(attempts).toEqual([0, 1, 3, 7, 15]);
    expect((await mails())[0]).toMatchObject({ status: "waiting", lastError: failure.reason });
    at(40 * minute);
    await deliver();
    expect(sent).toHaveLength(1);
    expect((await mails())[0]?.lastError).toBeUndefined();
  });

  it("what the server says of the deployment's account is in the log and not for tenants", async () => {
    const refused = "535 5.7.8 scep@operator.test: authentication failed";
    const encoder = new TextEncoder();
    /** Says what a server says, whatever it hears. */
    const serverSaying = (...replies: string[]) => ({
      readable: new ReadableStream<Uint8Array>({
        start: (stream) => stream.enqueue(encoder.encode(replies.join("\r\n") + "\r\n")),
      }),
      writable: new WritableStream<Uint8Array>(),
      startTls: () => expect.unreachable("not asked for"),
      close: () => Promise.resolve(),
    });
    const hello = ["220 mail.operator.test", "250-mail.operator.test", "250 AUTH PLAIN"];
    const settings = { host: "mail.operator.test", port: 465, security: "tls" } as const;
    const account = { user: "scep@operator.test", password: "secret" };
    const cloudflare = {
      send: () => Promise.reject(Object.assign(new Error(refused), { code: "E_SENDER" })),
    };
    const smtp = (...replies: string[]) =>
      createSmtpTransport({ ...settings, ...account }, "scep@operator.test", () =>
        serverSaying(...hello, ...replies),
      );
    const silent = "The mail server did not take it.";
    const unknown = "550 5.1.1 no such user";
    for (const [mailTransport, shown, told] of [
      [smtp(refused), silent, `AUTH: ${refused}`],
      [createCloudflareTransport(cloudflare, "scep@operator.test"), silent, `E_SENDER: ${refused}`],
      [smtp("235 ok", "250 ok", unknown), `RCPT: ${unknown}`, `RCPT: ${unknown}`],
    ] as const) {
      await createApprovedToken(tenant);
      logged = [];
      await deliverMails({ ...dependencies, log, mailTransport });
      expect((await mails())[0]?.lastError).toBe(shown);
      expect(logged.map(({ event, reason }) => [event, reason])).toEqual([["mail", told]]);
      today += 3 * 24 * 60 * minute;
      at(0);
      await deliver();
    }
  });

  it("a receiver that does not exist is final; once put right, the mail can be sent again", async () => {
    const tell = { approvals: ["approver@example.test"] };
    await must(tenant.key, "PATCH", `${tenant.path}/notification-addresses`, tell);
    await must(tenant.key, "POST", `${tenant.path}/token-requests`, {
      configuration: "devices",
      subject: "O=Demo",
      contactEmail: "someone@example.test",
    });
    await deliver({ permanent: true, reason: "RCPT: 550 no such user" });
    const [failed] = await mails();
    expect(failed).toMatchObject({ kind: "token-request-waiting", status: "failed" });
    const again = `${tenant.path}/mails/${failed?.id}/retry`;
    expect((await call((await createTestTenant()).key, "POST", again)).status).toBe(404);
    await must(tenant.key, "POST", again);
    await deliver();
    expect(sent.map(({ to }) => to)).toEqual(["approver@example.test"]);
    expect(sent[0]?.text).toContain("O=Demo");
    expect((await call(tenant.key, "POST", again)).status).toBe(409);
  });

  it("without a transport nothing is claimed, and nothing is lost", async () => {
    await createApprovedToken(tenant);
    await deliverMails({ ...dependencies, mailTransport: undefined });
    expect((await mails())[0]).toMatchObject({ status: "waiting", attempts: 0 });
    await deliver();
    expect(sent.filter(linkIn)).toHaveLength(1);
  });
});

it("a notice that is heard twice is mailed once", async () => {
  const notice = {
    tenantId: tenant.id,
    concern: "upkeep",
    message: {
      kind: "expiring",
      tenantName: "T",
      what: "authority",
      name: "CN=CA",
      endsAt: "2027-01-01T00:00:00.000Z",
    },
    about: "ca",
    at: clock.now(),
    key: "ca 7",
  } as const;
  const tell = { upkeep: ["a@example.test", "b@example.test", "a@example.test"] };
  await must(tenant.key, "PATCH", `${tenant.path}/notification-addresses`, tell);
  for (let heard = 0; heard < 2; heard++)
    await stores.mailOutbox.queueMails(await noticeMails(dependencies, notice));
  await deliver();
  expect(sent.map(({ to }) => to).toSorted()).toEqual(["a@example.test", "b@example.test"]);
  expect(sent[0]?.subject).toBe("Certification authority ends soon: CN=CA");
  const { items } = await must(tenant.key, "GET", `${tenant.path}/audit-events?limit=100`);
  expect(items[0]).toMatchObject({ action: "notification-addresses.changed" });
});

it("names that people chose are text in a mail, not markup and not another header", async () => {
  const { subject, html, text } = await dependencies.mailComposer.compose(
    {
      kind: "authority-trouble",
      tenantName: "<b>x</b>",
      authority: "A\r\nBcc: all@example.test",
      trouble: "<script>",
    },
    "a-tenant",
    undefined,
  );
  expect(subject).not.toMatch(/[\r\n]/);
  expect(html).not.toMatch(/<script|<b>|<img|https?:\/\/(?!scep\.example\.test)/);
  expect(text).toContain("<script>");
  expect(text).toContain("https://scep.example.test/portal/tenants/a-tenant/notices");
});
