/** The one-time page: what it shows, to whom, and how often. */
import { beforeAll, describe, expect, it } from "vitest";
import { hashSecret } from "../../src/administration/secrets.ts";
import { certmongerCommands } from "../../src/http/certmonger-commands.ts";
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
    const steps = page.split("<li>");
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
      expect(page).not.toContain("<script");
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
    expect(challengeIn([...pages][0] ?? "")).toBeUndefined();
    // The expired one was only late: within its 24 hours it works.
    expect((await open(expired.redeemUrl, "GET")).status).toBe(200);
  });
});

describe("commands for certmonger", () => {
  const revealed = {
    url: "https://scep.example.test/simple/t/c/scep",
    challenge: "c",
    configurationName: "Intune Computer - Sonicwall",
    subject: "",
    subjectAltNames: [],
    expiresAt: new Date(0),
  };

  it("quote what people typed, so that it stays one word of the shell", () => {
    const { request, addAuthority } = certmongerCommands({
      ...revealed,
      subject: "CN=$(reboot)'; reboot #,O=x",
    });
    expect(request).toContain(`-N 'CN=$(reboot)'\\''; reboot #,O=x'`);
    expect(addAuthority).toContain("-c Intune-Computer---Sonicwall ");
  });

  it("put the machine's name where the token leaves the common name open", () => {
    expect(certmongerCommands(revealed).request).toContain('-N "CN=$(hostname -f)"');
    expect(certmongerCommands({ ...revealed, subject: "O=Demo" }).request).toContain(
      `-N "CN=$(hostname -f)"',O=Demo'`,
    );
  });
});
