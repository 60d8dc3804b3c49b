/** API keys of a tenant, and the operators': made, shown once, revoked. */
import { createApiKey, listApiKeys, revokeApiKey } from "../../../administration/api-keys.ts";
import { tenantRoles } from "../../../administration/permissions.ts";
import type { ApiKey } from "../../../ports/api-key-store.ts";
import type { Page } from "../../../ports/page.ts";
import { ConfirmButton } from "../components/confirm.tsx";
import { Form, type FormState, freshForm, SelectField, TextField } from "../components/form.tsx";
import { EmptyState, Pagination, Table } from "../components/table.tsx";
import { Badge, CopyValue, Time } from "../components/values.tsx";
import { type Fields, nameErrors } from "../fields.ts";
import { operatorPage, tenantPage, type View } from "../route.ts";
import { type OperatorVisit, type TenantVisit, valueOf, type Visit } from "../visit.ts";

const operatorBase = "/portal/operator/api-keys";
const longestName = 64;

export const apiKeyPages = [
  tenantPage("get", "/api-keys", ["api-key.read"], (visit) => tenantKeys(visit, freshForm)),
  tenantPage("post", "/api-keys", ["api-key.read", "api-key.manage"], async (visit) => {
    const fields = await visit.fields();
    const errors = nameErrorsOf(visit, fields);
    if (errors.length > 0) return tenantKeys(visit, { fields, errors });
    const input = { name: fields.text("name"), role: fields.choice("role", tenantRoles) };
    const { secret } = await createApiKey(visit.dependencies, visit.access, input);
    return shownOnce(visit, input.name, secret, visit.href("/api-keys"));
  }),
  tenantPage("post", "/api-keys/:id/revoke", ["api-key.manage"], async (visit) => {
    valueOf(await revokeApiKey(visit.dependencies, visit.access, visit.parameter("id")));
    return visit.redirect(visit.href("/api-keys"), "api-key-revoked");
  }),

  operatorPage("get", "/api-keys", "operator.manage", (visit) => operatorKeys(visit, freshForm)),
  operatorPage("post", "/api-keys", "operator.manage", async (visit) => {
    const fields = await visit.fields();
    const errors = nameErrorsOf(visit, fields);
    if (errors.length > 0) return operatorKeys(visit, { fields, errors });
    const input = { name: fields.text("name") };
    const { secret } = await createApiKey(visit.dependencies, visit.access, input);
    return shownOnce(visit, input.name, secret, operatorBase);
  }),
  operatorPage("post", "/api-keys/:id/revoke", "operator.manage", async (visit) => {
    valueOf(await revokeApiKey(visit.dependencies, visit.access, visit.parameter("id")));
    return visit.redirect(operatorBase, "api-key-revoked");
  }),
];

const nameErrorsOf = (visit: Visit, fields: Fields) =>
  nameErrors("name", fields.text("name"), longestName, visit.texts.apiKeys.name);

/** In the answer to the POST and nowhere else: loading the list again shows it no more. */
function shownOnce(visit: Visit, name: string, secret: string, back: string): View {
  const said = visit.texts.apiKeys;
  return {
    title: said.secretTitle,
    trail: [{ label: said.title, href: back }],
    content: (
      <section class="card">
        <p>
          <strong>{name}</strong>
        </p>
        <p>{said.secretText}</p>
        <CopyValue value={secret} label={said.key} />
        <p>
          <a class="button primary" href={back}>
            {said.done}
          </a>
        </p>
      </section>
    ),
  };
}

async function tenantKeys(visit: TenantVisit<"api-key.read">, state: FormState): Promise<View> {
  const { apiKeys: said, common } = visit.texts;
  const page = await listApiKeys(visit.dependencies, visit.access, visit.page());
  const base = visit.may("api-key.manage") ? visit.href("/api-keys") : undefined;
  return {
    title: said.title,
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <>
        <p>{said.lead}</p>
        <KeyTable visit={visit} page={page} base={base} />
        {base !== undefined && (
          <section class="card">
            <h2>{said.add}</h2>
            <Form action={base} state={state} submit={said.add} tone="add">
              <NameField visit={visit} state={state} />
              <SelectField
                name="role"
                label={said.role}
                state={state}
                value="tenant-administrator"
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

async function operatorKeys(visit: OperatorVisit, state: FormState): Promise<View> {
  const said = visit.texts.apiKeys;
  const page = await listApiKeys(visit.dependencies, visit.access, visit.page());
  return {
    title: said.title,
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <>
        <p>{said.operatorLead}</p>
        <KeyTable visit={visit} page={page} base={operatorBase} />
        <section class="card">
          <h2>{said.add}</h2>
          <Form action={operatorBase} state={state} submit={said.add} tone="add">
            <NameField visit={visit} state={state} />
          </Form>
        </section>
      </>
    ),
  };
}

const NameField = ({ visit, state }: { visit: Visit; state: FormState }) => (
  <TextField
    name="name"
    label={visit.texts.apiKeys.name}
    hint={visit.texts.apiKeys.nameHint}
    state={state}
    maxlength={longestName}
    required
  />
);

/** @param base where keys are revoked; undefined: the visitor may not */
const KeyTable = ({
  visit,
  page,
  base,
}: {
  visit: Visit;
  page: Page<ApiKey>;
  base: string | undefined;
}) => {
  const { apiKeys: said, common } = visit.texts;
  if (page.items.length === 0) return <EmptyState title={said.empty} hint={said.emptyHint} />;
  const revoking = {
    label: common.actions,
    actions: true,
    cell: ({ id, name, revokedAt }: ApiKey) =>
      revokedAt === undefined && (
        <ConfirmButton
          id={id}
          action={`${base}/${id}/revoke`}
          label={said.revoke}
          accessibleLabel={`${said.revoke}: ${name}`}
          title={said.revokeTitle(name)}
          text={said.revokeText}
        />
      ),
  };
  return (
    <>
      <Table
        label={said.title}
        items={page.items}
        columns={[
          { label: said.name, cell: ({ name }) => name },
          { label: said.role, cell: ({ role }) => common.roles[role] },
          { label: said.created, cell: ({ createdAt }) => <Time at={createdAt} /> },
          {
            label: said.state,
            cell: ({ revokedAt }) =>
              revokedAt === undefined ? (
                <Badge tone="good" label={said.active} />
              ) : (
                <Badge tone="neutral" label={said.revoked} />
              ),
          },
          ...(base === undefined ? [] : [revoking]),
        ]}
      />
      <Pagination visit={visit} page={page} />
    </>
  );
};
