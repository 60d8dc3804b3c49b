/** The one-time page: what it shows, to whom, and how often. */
import { beforeAll, describe, expect, it } from "vitest";
import { hashSecret } from "../../src/administration/secrets.ts";
import { certmongerGuide } from "../../src/http/client-guides/certmonger.ts";
import { otherGuides } from "../../src/http/client-guides/guides.ts";
import {
  app,
  challengeIn,
  clock,
  createApprovedToken,
  createConfiguration,
  createReadyTenant,
  must,
  stores,
} from "../support/api.ts";

let tenant: Awaited<ReturnType<typeof createReadyTenant>>;

beforeAll(async () => {
  tenant = await createReadyTenant();
  await createConfiguration(tenant, "old", { preset: "legacy" });
});

async function open(url: string, method: "GET" | "POST") {
  const response = await app.request(url, { method });
  return { status: response.status, headers: response.headers, page: await response.text() };
}

describe("a link that was not used", () => {
  it("looking at it shows a button and uses nothing up, however often a scanner looks", async () => {
    const { redeemUrl } = await createApprovedToken(tenant);
    for (let look = 0; look < 3; look++) {
      expect((await app.request(redeemUrl, { method: "HEAD" })).status).toBe(200);
      const { status, page } = await open(redeemUrl, "GET");
      expect(status).toBe(200);
      expect(page).toContain('<form method="post">');
      expect(challengeIn(page)).toBeUndefined();
    }
    expect(challengeIn((await open(redeemUrl, "POST")).page)).toBeDefined();
  });

  it("its button reveals a challenge that opens the token, and only its hash is stored", async () => {
    const { redeemUrl, tokenId } = await createApprovedToken(tenant);
    const { page } = await open(redeemUrl, "POST");
    const challenge = challengeIn(page) ?? "";
    expect(challenge).toMatch(/^[2-9a-km-z]{26}$/);
    expect(challenge).not.toMatch(/[lo01]/);
    const found = await stores.tokensByChallenge.findTokenByChallenge(
      tenant.configuration.id,
      await hashSecret(challenge),
    );
    expect(found?.id).toBe(tokenId);
  });

  it("the page carries what a client needs, and the commands for certmonger", async () => {
    const { redeemUrl } = await createApprovedToken(tenant, {
      subject: "O=O'Neill & Sons",
      subjectAlternativeNames: [
        { type: "dns", value: "*.demo.test" },
        { type: "ip", value: "192.0.2.1" },
      ],
    });
    const { page } = await open(redeemUrl, "POST");
    expect(page).toContain("Requesting your Certificate with Certmonger");
    const [, third = ""] = page.split("Submit a Certificate Request");
    const [before = ""] = page.split("Other clients");
    const steps = before.split("<li>");
    expect(steps).toHaveLength(5);
    expect(steps[3]).toContain("Submit a Certificate Request");
    expect(third).toContain("getcert request");
    expect(third).toContain(challengeIn(page));
    expect(page).toContain(tenant.configuration.url);
    expect(page).toContain("O=O&#39;Neill &amp; Sons");
  });

  it("the HTTP form of the URL is shown where plain HTTP is allowed, and nowhere else", async () => {
    const plain = await open(
      (await createApprovedToken(tenant, { configuration: "old" })).redeemUrl,
      "POST",
    );
    expect(plain.page).toContain(`http://scep.example.test/simple/${tenant.id}/old/scep`);
    const secure = await open((await createApprovedToken(tenant)).redeemUrl, "POST");
    expect(secure.page).not.toContain("http://scep.example.test");
  });

  it("answers may not be stored, framed, scripted or leaked by a referrer", async () => {
    const { redeemUrl } = await createApprovedToken(tenant);
    for (const method of ["GET", "POST", "GET"] as const) {
      const { headers, page } = await open(redeemUrl, method);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("content-security-policy")).toMatch(
        /default-src 'none'.*frame-ancestors 'none'/,
      );
      expect(headers.get("set-cookie")).toBeNull();
      expect(page.replaceAll('<script src="/redeem/assets/copy.js" defer="">', "")).not.toContain(
        "<script",
      );
    }
  });
});

describe("a link that cannot be used", () => {
  it("twenty presses of the button at once reveal one challenge", async () => {
    const { redeemUrl, tokenId } = await createApprovedToken(tenant);
    const answers = await Promise.all(Array.from({ length: 20 }, () => open(redeemUrl, "POST")));
    const challenges = answers.flatMap(({ page }) => challengeIn(page) ?? []);
    expect(challenges).toHaveLength(1);
    const found = await stores.tokensByChallenge.findTokenByChallenge(
      tenant.configuration.id,
      await hashSecret(challenges[0] ?? ""),
    );
    expect(found?.id).toBe(tokenId);
    const { items } = await must(tenant.key, "GET", `${tenant.path}/audit-events?limit=100`);
    const redeemed = items.filter(
      (event: { action: string; targetId: string }) =>
        event.action === "token.redeemed" && event.targetId === tokenId,
    );
    expect(redeemed).toHaveLength(1);
  });

  it("used, expired, revoked and unknown links look alike, and reveal nothing", async () => {
    const used = await createApprovedToken(tenant);
    await open(used.redeemUrl, "POST");
    const revoked = await createApprovedToken(tenant);
    await must(tenant.key, "POST", `${tenant.path}/tokens/${revoked.tokenId}/revoke`);
    const expired = await createApprovedToken(tenant);
    const unknown = "https://scep.example.test/redeem/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const pages = new Set<string>();
    for (const url of [used.redeemUrl, revoked.redeemUrl, unknown, expired.redeemUrl]) {
      clock.offsetMilliseconds = url === expired.redeemUrl ? 24 * 3600_000 + 1000 : 0;
      for (const method of ["GET", "POST"] as const) {
        const { status, page } = await open(url, method);
        expect(status).toBe(404);
        pages.add(page.replaceAll(/nonce="[^"]+"/g, ""));
      }
    }
    clock.offsetMilliseconds = 0;
    expect([...pages]).toHaveLength(1);
    expect([...pages][0]).toContain("make a new request");
    expect([...pages][0]).toContain("somebody else may");
    expect(challengeIn([...pages][0] ?? "")).toBeUndefined();
    // The expired one was only late: within its 24 hours it works.
    expect((await open(expired.redeemUrl, "GET")).status).toBe(200);
  });
});

describe("guides", () => {
  const revealed = {
    url: "https://scep.example.test/simple/t/c/scep",
    httpUrl: "http://scep.example.test/simple/t/c/scep",
    challenge: "abc",
    configurationName: "Intune Computer - Sonicwall",
    subject: "",
    name: [],
    subjectAltNames: [],
    expiresAt: new Date(0),
  };
  const commands = (more: object = {}) => {
    const filled = { ...revealed, ...more };
    return [certmongerGuide(filled), ...otherGuides(filled)].map(({ steps }) =>
      steps.map(({ command }) => command ?? "").join("\n"),
    );
  };

  it("certmonger's quotes what people typed, so that it stays one word of the shell", () => {
    const [certmonger] = commands({ subject: "CN=$(reboot)'; reboot #,O=x" });
    expect(certmonger).toContain(`-N 'CN=$(reboot)'\\''; reboot #,O=x'`);
    expect(certmonger).toContain("-c Intune-Computer---Sonicwall ");
  });

  it("certmonger's puts the machine's name where the token leaves the common name open", () => {
    expect(commands()[0]).toContain('-N "CN=$(hostname -f)"');
    expect(commands({ subject: "O=Demo" })[0]).toContain(`-N "CN=$(hostname -f)"',O=Demo'`);
  });

  it("each of them names the challenge and an address that its client can use", () => {
    const [certmonger, fortigate, sonicwall, strongswan, sscep, cisco] = commands();
    for (const command of [certmonger, fortigate, sonicwall, strongswan, sscep, cisco])
      expect(command).toContain("abc");
    for (const command of [certmonger, strongswan]) expect(command).toContain(revealed.url);
    for (const command of [fortigate, sonicwall, sscep, cisco])
      expect(command).toContain(revealed.httpUrl);
  });

  it("what the token fixes is filled in, what it leaves open is marked", () => {
    const name = [
      [{ type: "2.5.4.6", value: "NZ" }],
      [{ type: "2.5.4.10", value: 'O"Neill' }],
      [{ type: "2.5.4.11", value: "IT" }],
    ];
    const subjectAltNames = [{ type: "dns", value: "*.demo.test" }];
    const [, fortigate, , strongswan, sscep, cisco] = commands({ name, subjectAltNames });
    expect(fortigate).toContain(
      String.raw`2048 "DEVICE-NAME" "NZ" "" "" "O\"Neill" "IT" "" "DNS:DEVICE-NAME.demo.test" "${revealed.httpUrl}" "abc"`,
    );
    expect(strongswan).toContain(`--dn 'C=NZ, O=O"Neill, OU=IT, CN='"$DEVICE"`);
    expect(strongswan).toContain(`--san "$DEVICE"'.demo.test'`);
    expect(sscep).toContain(String.raw`1.O = O\"Neill`);
    expect(cisco).toContain('subject-name CN=DEVICE-NAME,OU=IT,O=O"Neill,C=NZ');
  });

  it("clients without TLS are told to ask for plain HTTP where it is not allowed", () => {
    const { httpUrl: _none, ...secure } = revealed;
    const mute = otherGuides(secure).filter(({ steps }) => steps.length === 0);
    expect(mute.map(({ id }) => id)).toEqual(["fortigate", "sonicwall", "sscep"]);
    for (const { introduction } of mute) expect(introduction).toContain("plain HTTP");
  });
});

it("the script is a file of its own, and works for whoever has none: its buttons are hidden", async () => {
  const script = await app.request("https://scep.example.test/redeem/assets/copy.js");
  expect(script.headers.get("content-type")).toContain("text/javascript");
  const { page, headers } = await open((await createApprovedToken(tenant)).redeemUrl, "POST");
  expect(headers.get("content-security-policy")).toContain("script-src 'self'");
  for (const [button] of page.matchAll(/<button[^>]*data-copy[^>]*>/g))
    expect(button).toContain("hidden");
});
