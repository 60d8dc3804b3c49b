/** The portal's credential pages without script, as a browser of the oldest kind would use them (threats 33, 48). */
import { beforeAll, describe, expect, it } from "vitest";
import { ForeignName } from "../../src/http/portal/components/names.tsx";
import {
  app,
  createApprovedToken,
  createReadyTenant,
  must,
  type TestTenant,
  useOperatorKey,
} from "../support/api.ts";
import { type Browser, signedInMember } from "../support/portal.ts";

let tenant: TestTenant;
let rik: Browser;
let ada: Browser;
let tess: Browser;

beforeAll(async () => {
  tenant = await createReadyTenant();
  rik = await signedInMember(tenant, "requester");
  ada = await signedInMember(tenant, "approver");
  tess = await signedInMember(tenant, "tenant-administrator");
});

const at = (path: string) => `/portal/tenants/${tenant.id}${path}`;
const wish = {
  ...{ configuration: "devices", organization: "Demo", contactEmail: "kim@example.test" },
  ...{ nameType: "dns", nameValue: "*.demo.test", maxUses: "3", validDays: "10" },
};
const ask = (browser: Browser, more: Record<string, string> = {}) =>
  browser.post(at("/request-scep-certificate"), { ...wish, ...more });

/** Where it went, without the notice. */
async function asked(browser: Browser, more: Record<string, string> = {}) {
  const answer = await ask(browser, more);
  expect(answer.status, answer.text).toBe(303);
  const location = new URL(answer.headers.get("location") ?? "", "http://x");
  return {
    path: location.pathname,
    id: location.pathname.split("/").at(-1) ?? "",
    notice: location.searchParams.get("notice"),
  };
}

describe("Request SCEP Certificate", () => {
  it("waits for somebody else, unless one may approve one's own", async () => {
    const waiting = await asked(rik);
    expect(waiting.notice).toBe("token-request-waiting");
    const request = await must(tenant.key, "GET", `${tenant.path}/token-requests/${waiting.id}`);
    expect(request).toMatchObject({
      ...{ status: "pending", subject: "O=Demo", contactEmail: "kim@example.test", maxUses: 3 },
      subjectAlternativeNames: [{ type: "dns", value: "*.demo.test" }],
    });
    const lives = new Date(request.expiresAt).getTime() - new Date(request.createdAt).getTime();
    expect(Math.round(lives / 60_000)).toBe(10 * 24 * 60);
    expect((await asked(tess)).notice).toBe("token-request-approved");
    // An approver's own request is somebody else's to decide, whatever is sent.
    const own = await asked(ada);
    expect(own.notice).toBe("token-request-waiting");
    expect((await ada.get(own.path)).text).toContain("somebody else has to decide");
    const forced = await ada.post(at(`/approvals/token-requests/${own.id}/approve`));
    expect(forced.status).toBe(403);
  });

  it.each<[string, Record<string, string>]>([
    ["contactEmail", { contactEmail: "kim" }],
    ["country", { country: "NZL" }],
    ["organization", { organization: "De\u202emo" }],
    ["maxUses", { maxUses: "0" }],
    ["maxUses", { maxUses: "1.5" }],
    ["validDays", { validDays: "99999" }],
    ["subjectAlternativeNames.0.value", { nameValue: "not a name" }],
    ["subject", { subject: "nonsense" }],
    ["configuration", { configuration: "none" }],
  ])("says at %s what is wrong, and keeps what was typed", async (field, more) => {
    const answer = await ask(rik, more);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(`href="#field-${field}"`);
    expect(answer.text).toContain(`value="${more["validDays"] ?? wish.validDays}"`);
    expect(answer.text).toContain(`id="field-${field}"`);
  });

  it.each(["#3082", "nonsense", "CN=#0c", "CN="])(
    "says of %j what a subject looks like",
    async (subject) => {
      const { text } = await ask(rik, { subject });
      expect(text).toContain("CN=printer-7,OU=PKI,O=Contoso.");
      expect(text).not.toContain("longer than the data");
    },
  );

  it("adds and removes rows of names without asking for anything", async () => {
    const added = await ask(rik, { names: "add", contactEmail: "" });
    expect(added.status).toBe(200);
    expect(added.text.match(/name="nameValue"/g)).toHaveLength(2);
    expect(added.text).toContain('value="*.demo.test"');
    const removed = await ask(rik, { names: "remove-0" });
    expect(removed.text.match(/name="nameValue"/g)).toHaveLength(1);
    expect(removed.text).not.toContain('value="*.demo.test"');
  });

  it("shows what would be let through, from the query alone", async () => {
    const shown = await rik.get(
      at("/request-scep-certificate?organization=Contoso&organizationalUnit=PKI"),
    );
    expect(shown.text).toContain("CN=anything,OU=PKI,O=Contoso");
    const vague = await rik.get(at("/request-scep-certificate"));
    expect(vague.text).toContain("Dangerously vague");
  });
});

describe("a service that the operator has switched off", () => {
  it("is offered to nobody, and said where its configurations are", async () => {
    const put = async (entitlements: string[]) =>
      must(await useOperatorKey(), "PUT", `${tenant.path}/entitlements`, { entitlements });
    const off = "Switched off by the operator";
    expect((await rik.get(at("/request-scep-certificate"))).text).toContain("<form");
    await put(["intune"]);
    const form = (await rik.get(at("/request-scep-certificate"))).text;
    expect(form).toContain("Simple SCEP is switched off");
    expect(form).not.toContain('name="configuration"');
    expect((await tess.get(at("/scep-configurations"))).text).toContain(off);
    const page = (await tess.get(at("/scep-configurations/devices"))).text;
    expect(page).toContain(off);
    expect(page).toContain("The operator has switched Simple SCEP off for this tenant");
    await put(["scep", "intune"]);
    expect((await tess.get(at("/scep-configurations/devices"))).text).not.toContain(off);
  });
});

describe("Approvals", () => {
  it("are final: the slower of two is told so, and the reason of a rejection reaches who asked", async () => {
    const { id, path } = await asked(rik);
    const base = at(`/approvals/token-requests/${id}`);
    expect((await ada.get(at("/approvals"))).text).toContain(base);
    const rejected = await ada.post(`${base}/reject`, { reason: "Ask for <b>one</b> unit\u202e" });
    expect(rejected.headers.get("location")).toContain("notice=request-rejected");
    for (const [browser, action] of [
      [tess, "approve"],
      [ada, "reject"],
    ] as const) {
      const late = await browser.post(`${base}/${action}`);
      expect(late.status).toBe(409);
      expect(late.text).toContain("has been decided already");
    }
    const told = (await rik.get(path)).text;
    expect(told).toContain("Ask for &lt;b&gt;one&lt;/b&gt; unit<");
    expect((await rik.get(at("/token-requests"))).text).toContain("rejected");
    expect((await ada.get(at("/approvals"))).text).not.toContain(base);
  });

  it("make a token whose link is replaced by a new one, and which is revoked for good", async () => {
    const { id, path } = await asked(rik);
    await ada.post(at(`/approvals/token-requests/${id}/approve`));
    expect((await rik.get(path)).text).not.toContain(`${path}/link`);
    const replaced = await ada.post(`${path}/link`);
    expect(replaced.headers.get("location")).toBe(`${path}?notice=token-link-replaced`);
    // The link goes to the contact by mail, and to nobody else.
    expect((await ada.get(path)).text).not.toContain("/redeem/");
    const { tokenId } = await must(tenant.key, "GET", `${tenant.path}/token-requests/${id}`);
    const token = at(`/tokens/${tokenId}`);
    expect((await ada.get(token)).text).toContain("0 of 3");
    expect((await ada.post(`${token}/revoke`)).status).toBe(303);
    const revoked = (await ada.get(token)).text;
    expect(revoked).toContain("revoked");
    expect(revoked).not.toContain(`${token}/revoke`);
  });
});

describe("a link that was opened", () => {
  it("is said to be, and no new one is offered, because none would be given", async () => {
    const { requestId, redeemUrl } = await createApprovedToken(tenant);
    const page = at(`/token-requests/${requestId}`);
    const unopened = (await ada.get(page)).text;
    expect(unopened).toContain(`${page}/link`);
    expect(unopened).not.toContain("The challenge was shown");
    await app.request(redeemUrl, { method: "POST" });
    for (const browser of [ada, rik]) {
      const opened = (await browser.get(page)).text;
      expect(opened).toContain("The challenge was shown</strong> <time");
      expect(opened).not.toContain(`${page}/link`);
      expect(opened).not.toContain("Was the link lost?");
    }
    expect((await ada.post(`${page}/link`)).status).toBe(409);
  });
});

describe("what a role does not allow", () => {
  it("is said by the roles that do, inside the tenant and its menu", async () => {
    const { status, text } = await rik.get(at("/approvals"));
    expect(status).toBe(403);
    expect(text).toContain("Your role does not allow this");
    expect(text).toContain("Tenant administrator, Approver, Auditor.");
    expect(text).not.toContain("enrolment-request.read");
    expect(text).toContain(`href="${at("/token-requests")}"`);
    expect(text).not.toContain(`href="${at("/members")}"`);
    const operators = await rik.get("/portal/operator/tenants");
    expect(operators.status).toBe(403);
    expect(operators.text).toContain("operators of the deployment only");
  });
});

describe("who asked and who decided", () => {
  it("are people's addresses, and API keys by their names", async () => {
    const { path, id } = await asked(rik);
    await ada.post(at(`/approvals/token-requests/${id}/approve`));
    const decided = (await rik.get(path)).text;
    expect(decided).toContain('<bdi class="name">requester');
    expect(decided).toContain('<bdi class="name">approver');
    const { requestId } = await createApprovedToken(tenant);
    const byKey = (await ada.get(at(`/token-requests/${requestId}`))).text;
    expect(byKey.match(/<bdi class="name">API key tests</g)).toHaveLength(2);
    for (const text of [decided, byKey]) expect(text).not.toMatch(/>(person|api-key):/);
    await must(tenant.key, "POST", `${tenant.path}/token-requests`, {
      ...{ configuration: "devices", contactEmail: "kim@example.test" },
    });
    expect((await ada.get(at("/approvals"))).text).toContain('<bdi class="name">API key tests<');
  });
});

describe("Certificates", () => {
  it("are listed, exported as filtered, downloaded, put on hold and released", async () => {
    const { items } = await must(tenant.key, "GET", `${tenant.path}/certificates`);
    const [{ serialNumber, subject }] = items;
    const page = at(`/certificates/${serialNumber}`);
    expect((await ada.get(at("/certificates"))).text).toContain(page);
    const lines = (await ada.get(at("/certificates.csv?state=valid"))).text.trim().split("\r\n");
    expect(lines).toHaveLength(1 + items.length);
    expect((await ada.get(at("/certificates.csv?state=revoked"))).text.trim()).not.toContain("\n");
    const exported = JSON.parse(
      (await ada.get(at(`/certificates.json?search=${serialNumber}`))).text,
    );
    expect(exported).toMatchObject([{ serialNumber, subject }]);

    const { certificate } = await must(
      tenant.key,
      "GET",
      `${tenant.path}/certificates/${serialNumber}`,
    );
    expect((await ada.get(`${page}/certificate.pem`)).text).toBe(certificate);
    const chain = (await ada.get(`${page}/chain.pem`)).text;
    expect(chain.startsWith(certificate)).toBe(true);
    expect(chain.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(1);

    expect((await ada.post(`${page}/revoke`, { reason: "no such reason" })).status).toBe(422);
    await ada.post(`${page}/revoke`, { reason: "certificateHold" });
    const held = (await ada.get(page)).text;
    expect(held).toContain("on hold");
    expect(held).toContain(`${page}/release`);
    await ada.post(`${page}/release`);
    expect((await ada.get(page)).text).not.toContain(`${page}/release`);
    expect((await ada.get(page)).text).toContain(`${page}/revoke`);
  });
});

/** As the browser gets it. */
const asText = (element: { toString(): string }): string => element.toString();

describe("names that strangers chose", () => {
  it.each([
    ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    ["CN=a\u202egnp.exe", 'CN=a<code class="escape">U+202E</code>gnp.exe'],
    ["a\u0000b\u200b", '<code class="escape">U+0000</code>b<code class="escape">U+200B</code>'],
    ["no\u00a0break", 'no<code class="escape">U+00A0</code>break'],
    ["שלום, עולם", "שלום, עולם"],
  ])("%j changes nothing around it", (name, shown) => {
    const markup = asText(<ForeignName name={name} />);
    expect(markup).toContain(shown);
    expect(markup).toMatch(/^<bdi class="name">[^]*<\/bdi>$/);
  });
});
