/** Who may do what: people by mail address or by a group that their identity provider names. */
import type { AuditEvent } from "./audit-log.ts";
import type { Page, PageRequest } from "./page.ts";

export type MemberRole = "operator" | "tenant-administrator" | "approver" | "requester" | "auditor";

export interface Member {
  readonly id: string;
  /** Absent: an operator. */
  readonly tenantId?: string;
  readonly kind: "mail" | "group";
  /** A mail address in lower case, or a group exactly as the identity provider spells it. */
  readonly value: string;
  readonly role: MemberRole;
  readonly createdAt: Date;
}

/** Whose members: a tenant's, or the deployment's. */
export type MemberOwner = { readonly tenantId: string } | "operators";

export type Membership = Pick<Member, "tenantId" | "role">;

export interface MemberStore {
  /** False when the owner has this member with this role already. */
  createMember(member: Member, event: AuditEvent): Promise<boolean>;
  findMember(owner: MemberOwner, id: string): Promise<Member | undefined>;
  listMembers(owner: MemberOwner, page: PageRequest): Promise<Page<Member>>;
  /** False when it is the last operator and no operator key is in use: nobody could get in. */
  removeMember(owner: MemberOwner, id: string, event: AuditEvent): Promise<boolean>;
  /** All that one person is, by address and groups. */
  listMemberships(person: {
    readonly mail: string;
    readonly groups: readonly string[];
  }): Promise<readonly Membership[]>;
  hasOperator(): Promise<boolean>;
  /** Members by mail address, operators first, for the sign-in page of development. */
  listPeople(limit: number): Promise<readonly Member[]>;
}
