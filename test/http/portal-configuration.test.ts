/** The portal's pages about SCEP configurations without script: what they propose, offer and say. */
import { beforeAll, expect, it } from "vitest";
import { createConfiguration, createReadyTenant, must, type TestTenant } from "../support/api.ts";
import { type Browser, signedInMember } from "../support/portal.ts";

let tenant: TestTenant;
let tess: Browser;

beforeAll(async () => {
  tenant = await createReadyTenant();
  tess = await signedInMember(tenant, "tenant-administrator");
});

const at = (path: string) => `/portal/tenants/${tenant.id}${path}`;

it("a new configuration begins with a CA below a root, because its CA cannot be changed later", async () => {
  const below = await must(tenant.key, "POST", `${tenant.path}/certificate-authorities`, {
    ...{ name: "below", subject: "CN=Below,O=Test", keyAlgorithm: "P-256", parent: "issuing" },
  });
  const form = (await tess.get(at("/scep-configurations/_new"))).text;
  const [, choices = ""] = form.split('name="certificateAuthority"');
  expect(choices).toContain(`<option value="${below.id}" selected="">`);
});

it("DES and MD5 are offered only where the preset allows them", async () => {
  await createConfiguration(tenant, "old", { preset: "legacy" });
  const boxes = (page: string) =>
    ["DES-CBC", "MD5"].filter(
      (name) =>
        page.includes(`type="checkbox" name="contentEncryption" value="${name}"`) ||
        page.includes(`type="checkbox" name="digests" value="${name}"`),
    );
  const modern = (await tess.get(at("/scep-configurations/devices"))).text;
  expect(boxes(modern)).toEqual([]);
  expect(modern).toContain('value="AES-256-CBC"');
  expect(modern).toContain("DES and MD5 are for old appliances only");
  expect(boxes((await tess.get(at("/scep-configurations/old"))).text)).toEqual(["DES-CBC", "MD5"]);
});

it("one for Intune that is enabled too early is told what to choose, by the name of its field", async () => {
  const names = { certificateAuthority: "issuing", certificateTemplate: "device" };
  await must(tenant.key, "POST", `${tenant.path}/scep-configurations`, {
    ...{ name: "intune", kind: "intune" },
    ...names,
  });
  const { status, text } = await tess.post(at("/scep-configurations/intune/enabled"), {
    enabled: "on",
  });
  expect(status).toBe(422);
  expect(text).toContain("choose its Intune authentication first");
});
