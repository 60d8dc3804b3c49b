export const members = {
  title: "Members",
  lead: "Who may work in this tenant. A change holds with the member's next click.",
  operatorsTitle: "Operators",
  operatorsLead:
    "Operators run the deployment: tenants, entitlements, shared CAs. They may also work in every tenant.",
  member: "Member",
  kind: "Known by",
  role: "Role",
  since: "Since",
  kinds: { mail: "Mail address", group: "Group" },
  empty: "Nobody yet",
  emptyHint: "Add the first member below; they can sign in at once.",
  add: "Add member",
  addOperator: "Add operator",
  value: "Mail address or group",
  valueHint:
    "A mail address such as ada@example.org, or a group exactly as your identity provider names it in the groups claim.",
  roleHint:
    "Tenant administrators may do everything. Approvers decide about requests and revoke. Requesters ask for tokens. Auditors only look.",
  remove: "Remove",
  removeTitle: (value: string) => `Remove ${value}?`,
  removeText: "They lose this role at once. What they did stays in the audit log.",
  added: "The member was added.",
  removed: "The member was removed.",
};
