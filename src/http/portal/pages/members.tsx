/** Members of a tenant, and the operators: the same page about other people. */
import { addMember, listMembers, removeMember } from "../../../administration/members.ts";
import { tenantRoles } from "../../../administration/permissions.ts";
import type { Member } from "../../../ports/member-store.ts";
import type { Page } from "../../../ports/page.ts";
import { ConfirmButton } from "../components/confirm.tsx";
import { Form, type FormState, freshForm, SelectField, TextField } from "../components/form.tsx";
import { EmptyState, Pagination, Table } from "../components/table.tsx";
import { Time } from "../components/values.tsx";
import { errorsOf, type Fields, nameErrors } from "../fields.ts";
import { operatorPage, tenantPage, type View } from "../route.ts";
import { type OperatorVisit, type TenantVisit, valueOf, type Visit } from "../visit.ts";

export const memberPages = [
  tenantPage("get", "/members", ["member.read"], (visit) => tenantMembers(visit, freshForm)),
  tenantPage("post", "/members", ["member.read", "member.manage"], async (visit) => {
    const fields = await visit.fields();
    const wish = readMember(fields);
    const role = fields.choice("role", tenantRoles) ?? "requester";
    const errors = nameErrors("value", wish.value, 254, visit.texts.members.value);
    if (errors.length > 0) return tenantMembers(visit, { fields, errors });
    const added = await addMember(visit.dependencies, visit.access, { ...wish, role });
    return added.ok
      ? visit.redirect(visit.href("/members"), "member-added")
      : tenantMembers(visit, { fields, errors: errorsOf(added.error) });
  }),
  tenantPage("post", "/members/:id/remove", ["member.manage"], async (visit) => {
    valueOf(await removeMember(visit.dependencies, visit.access, visit.parameter("id")));
    return visit.redirect(visit.href("/members"), "member-removed");
  }),

  operatorPage("get", "/operators", "operator.manage", (visit) => operators(visit, freshForm)),
  operatorPage("post", "/operators", "operator.manage", async (visit) => {
    const fields = await visit.fields();
    const wish = readMember(fields);
    const errors = nameErrors("value", wish.value, 254, visit.texts.members.value);
    if (errors.length > 0) return operators(visit, { fields, errors });
    const input = { ...wish, role: "operator" } as const;
    const added = await addMember(visit.dependencies, visit.access, input);
    return added.ok
      ? visit.redirect("/portal/operator/operators", "member-added")
      : operators(visit, { fields, errors: errorsOf(added.error) });
  }),
  operatorPage("post", "/operators/:id/remove", "operator.manage", async (visit) => {
    valueOf(await removeMember(visit.dependencies, visit.access, visit.parameter("id")));
    return visit.redirect("/portal/operator/operators", "member-removed");
  }),
];

/** Whatever has an @ is a mail address; a group that has one can be added by the API. */
const readMember = (fields: Fields) => {
  const value = fields.text("value");
  return { value, kind: value.includes("@") ? ("mail" as const) : ("group" as const) };
};

async function tenantMembers(visit: TenantVisit<"member.read">, state: FormState): Promise<View> {
  const { members: said, common } = visit.texts;
  const page = await listMembers(visit.dependencies, visit.access, visit.page());
  const base = visit.may("member.manage") ? visit.href("/members") : undefined;
  return {
    title: said.title,
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <>
        <p>{said.lead}</p>
        <MemberTable visit={visit} page={page} base={base} />
        {base !== undefined && (
          <section class="card">
            <h2>{said.add}</h2>
            <Form action={base} state={state} submit={said.add} tone="add">
              <MemberField visit={visit} state={state} />
              <SelectField
                name="role"
                label={said.role}
                hint={said.roleHint}
                state={state}
                value="requester"
                required
                options={tenantRoles.map((role) => ({ value: role, label: common.roles[role] }))}
              />
            </Form>
          </section>
        )}
      </>
    ),
  };
}

async function operators(visit: OperatorVisit, state: FormState): Promise<View> {
  const { members: said } = visit.texts;
  const page = await listMembers(visit.dependencies, visit.access, visit.page());
  const base = "/portal/operator/operators";
  return {
    title: said.operatorsTitle,
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <>
        <p>{said.operatorsLead}</p>
        <MemberTable visit={visit} page={page} base={base} />
        <section class="card">
          <h2>{said.addOperator}</h2>
          <Form action={base} state={state} submit={said.addOperator} tone="add">
            <MemberField visit={visit} state={state} />
          </Form>
        </section>
      </>
    ),
  };
}

const MemberField = ({ visit, state }: { visit: Visit; state: FormState }) => (
  <TextField
    name="value"
    label={visit.texts.members.value}
    hint={visit.texts.members.valueHint}
    state={state}
    maxlength={254}
    required
  />
);

/** @param base where members are removed; undefined: the visitor may not */
const MemberTable = ({
  visit,
  page,
  base,
}: {
  visit: Visit;
  page: Page<Member>;
  base: string | undefined;
}) => {
  const { members: said, common } = visit.texts;
  if (page.items.length === 0) return <EmptyState title={said.empty} hint={said.emptyHint} />;
  return (
    <>
      <Table
        label={said.title}
        items={page.items}
        columns={[
          { label: said.member, cell: ({ value }) => value },
          { label: said.role, cell: ({ role }) => common.roles[role] },
          { label: said.kind, cell: ({ kind }) => said.kinds[kind] },
          { label: said.since, cell: ({ createdAt }) => <Time at={createdAt} /> },
          ...(base === undefined
            ? []
            : [
                {
                  label: common.actions,
                  actions: true,
                  cell: ({ id, value }: Member) => (
                    <ConfirmButton
                      id={id}
                      action={`${base}/${id}/remove`}
                      label={said.remove}
                      accessibleLabel={`${said.remove}: ${value}`}
                      title={said.removeTitle(value)}
                      text={said.removeText}
                    />
                  ),
                },
              ]),
        ]}
      />
      <Pagination visit={visit} page={page} />
    </>
  );
};
