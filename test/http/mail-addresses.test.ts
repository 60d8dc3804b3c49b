/** The mail address by which a person is known: the text that was vouched for, and no other that folds to it. */
import { beforeAll, expect, it } from "vitest";
import { personOfClaims } from "../../src/http/portal/sign-in/claims.ts";
import { call, createTestTenant, type TestTenant } from "../support/api.ts";

let tenant: TestTenant;

beforeAll(async () => {
  tenant = await createTestTenant();
});

const vouched = (email: unknown) =>
  personOfClaims({ email, email_verified: true }, { trustEmail: false })?.mail;

it("is known in small letters", () => {
  expect(vouched("Mike.O'Neil+x@Example.org")).toBe("mike.o'neil+x@example.org");
});

it.each([
  ["a Kelvin sign, which is a k in small letters", "mi\u212ae@example.org"],
  ["a character that ends texts elsewhere", "mike@example.org\0x"],
  ["a control character before the @", "mi\u0001ke@example.org"],
  ["a character that is not seen", "mike\u200b@example.org"],
  ["a change of direction", "mike\u202e@example.org"],
  ["a letter that looks like another", "m\u0456ke@example.org"],
  ["a domain that looks like another", "mike@ex\u0430mple.org"],
  ["DEL", "mike@example.org\u007f"],
])("%s is nobody's, and makes no member", async (_what, mail) => {
  expect(vouched(mail)).toBeUndefined();
  const answer = await call(tenant.key, "POST", `${tenant.path}/members`, {
    ...{ kind: "mail", value: mail, role: "approver" },
  });
  expect([400, 422]).toContain(answer.status);
});
