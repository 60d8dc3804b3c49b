/** The operators' view of the tenants: making them, and what each may use. */
import { changeEntitlements, createTenant, listTenants } from "../../../administration/tenants.ts";
import { notFound } from "../../../administration/refusal.ts";
import { entitlements, type Tenant } from "../../../ports/tenant-store.ts";
import { CheckBoxes, Form, type FormState, freshForm, TextField } from "../components/form.tsx";
import { EmptyState, Pagination, Table } from "../components/table.tsx";
import { Badge, Time } from "../components/values.tsx";
import { errorsOf, nameErrors } from "../fields.ts";
import { operatorPage, type View } from "../route.ts";
import { type OperatorVisit, valueOf } from "../visit.ts";

const base = "/portal/operator/tenants";
const longestName = 64;

export const tenantPages = [
  operatorPage("get", "/tenants", "tenant.manage", (visit) => tenantList(visit, freshForm)),
  operatorPage("post", "/tenants", "tenant.manage", async (visit) => {
    const fields = await visit.fields();
    const name = fields.text("name");
    const errors = nameErrors("name", name, longestName, visit.texts.tenants.name);
    if (errors.length > 0) return tenantList(visit, { fields, errors });
    const made = await createTenant(visit.dependencies, visit.access, { name });
    return made.ok
      ? visit.redirect(`/portal/tenants/${made.value.id}/members`, "tenant-added")
      : tenantList(visit, { fields, errors: errorsOf(made.error) });
  }),

  operatorPage("get", "/tenants/:id/entitlements", "entitlement.manage", async (visit) => {
    const said = visit.texts.tenants;
    const tenant = await visit.dependencies.tenants.findTenant(visit.parameter("id"));
    if (!tenant) return valueOf(notFound("tenant"));
    return {
      title: said.changeTitle(tenant.name),
      trail: [{ label: said.title, href: base }],
      content: (
        <section class="card">
          <p>{said.changeLead}</p>
          <Form action={`${base}/${tenant.id}/entitlements`} state={freshForm} submit={said.save}>
            <CheckBoxes
              name="entitlement"
              legend={said.entitlements}
              checked={tenant.entitlements}
              options={entitlements.map((value) => ({ value, label: said.names[value] }))}
            />
          </Form>
        </section>
      ),
    };
  }),
  operatorPage("post", "/tenants/:id/entitlements", "entitlement.manage", async (visit) => {
    const chosen = (await visit.fields()).all("entitlement");
    const wanted = entitlements.filter((entitlement) => chosen.includes(entitlement));
    const id = visit.parameter("id");
    valueOf(await changeEntitlements(visit.dependencies, visit.access, id, wanted));
    return visit.redirect(base, "entitlements-changed");
  }),
];

async function tenantList(visit: OperatorVisit, state: FormState): Promise<View> {
  const { tenants: said, common } = visit.texts;
  const page = await listTenants(visit.dependencies, visit.actor, visit.page());
  return {
    title: said.title,
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <>
        <p>{said.lead}</p>
        {page.items.length === 0 ? (
          <EmptyState title={said.empty} hint={said.emptyHint} />
        ) : (
          <Table<Tenant>
            label={said.title}
            items={page.items}
            columns={[
              {
                label: said.name,
                cell: ({ id, name }) => <a href={`/portal/tenants/${id}`}>{name}</a>,
              },
              { label: said.id, cell: ({ id }) => <code>{id}</code> },
              {
                label: said.entitlements,
                cell: (tenant) =>
                  tenant.entitlements.length === 0
                    ? said.none
                    : tenant.entitlements.map((name) => (
                        <>
                          <Badge tone="neutral" label={said.names[name]} />{" "}
                        </>
                      )),
              },
              { label: said.created, cell: ({ createdAt }) => <Time at={createdAt} /> },
              {
                label: common.actions,
                actions: true,
                cell: ({ id, name }) => (
                  <a
                    class="button"
                    href={`${base}/${id}/entitlements`}
                    aria-label={`${said.change}: ${said.changeTitle(name)}`}
                  >
                    {said.change}
                  </a>
                ),
              },
            ]}
          />
        )}
        <Pagination visit={visit} page={page} />
        <section class="card">
          <h2>{said.add}</h2>
          <Form action={base} state={state} submit={said.add} tone="add">
            <TextField
              name="name"
              label={said.name}
              hint={said.nameHint}
              state={state}
              maxlength={longestName}
              required
            />
          </Form>
        </section>
      </>
    ),
  };
}
