/** Members: who may do what in a tenant, and who operates the deployment. */
import type { Member, MemberOwner, MemberRole } from "../ports/member-store.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { OperatorAccess, TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import { conflict, invalid, notFound, type Outcome } from "./refusal.ts";

/** With access to a tenant one sees its members, as an operator the operators. */
type Reading = TenantAccess<"member.read"> | OperatorAccess;
type Managing = TenantAccess<"member.manage"> | OperatorAccess;

export interface NewMember {
  readonly kind: Member["kind"];
  readonly value: string;
  /** In a tenant any but `operator`; among the operators that one. */
  readonly role: MemberRole;
}

const ownerOf = (access: Reading | Managing): MemberOwner =>
  "tenantId" in access ? { tenantId: access.tenantId } : "operators";

/**
 * Good enough to tell an address from a slip; whether it exists the identity provider knows. Visible ASCII only: other
 * letters fold to those of another address, or cannot be seen, and nobody signs in with them.
 */
const mailAddress = /^(?:(?![@<>"(),:;\\])[!-~]){1,64}@(?:(?![@<>"(),:;\\])[!-~]){1,190}$/;

export async function addMember(
  { members, clock }: Needs<"members" | "clock">,
  access: Managing,
  input: NewMember,
): Promise<Outcome<Member>> {
  const inTenant = "tenantId" in access;
  if (inTenant === (input.role === "operator"))
    return invalid("role", inTenant ? "Operators are no members of a tenant." : "Only operators.");
  const given = input.value.trim();
  // Before it is folded: the Kelvin sign is a k in small letters.
  if (input.kind === "mail" && !mailAddress.test(given)) {
    return invalid(
      "value",
      "This is no mail address that can sign in; write it as name@example.org, in letters without accents.",
    );
  }
  const value = input.kind === "mail" ? given.toLowerCase() : given;
  const createdAt = clock.now();
  const member: Member = {
    id: createId(createdAt),
    ...(inTenant ? { tenantId: access.tenantId } : {}),
    kind: input.kind,
    value,
    role: input.role,
    createdAt,
  };
  const { kind, role } = member;
  const event = auditEvent(access, createdAt, "member.added", member.id, { kind, value, role });
  const created = await members.createMember(member, event);
  return created ? ok(member) : conflict(`${value} has this role already.`);
}

/** Holds with the member's next request. */
export async function removeMember(
  { members, clock }: Needs<"members" | "clock">,
  access: Managing,
  id: string,
): Promise<Outcome<Member>> {
  const owner = ownerOf(access);
  const member = await members.findMember(owner, id);
  if (!member) return notFound("member");
  const { kind, value, role } = member;
  const event = auditEvent(access, clock.now(), "member.removed", id, { kind, value, role });
  return (await members.removeMember(owner, id, event))
    ? ok(member)
    : conflict("This is the last operator, and there is no operator key; add another one first.");
}

export const listMembers = (
  { members }: Needs<"members">,
  access: Reading,
  page: PageRequest,
): Promise<Page<Member>> => members.listMembers(ownerOf(access), page);
