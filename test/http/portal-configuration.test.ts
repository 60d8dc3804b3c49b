/** The portal's pages about SCEP configurations without script: what they propose, offer and say. */
import { beforeAll, expect, it } from "vitest";
import { createReadyTenant, must, type TestTenant } from "../support/api.ts";
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
