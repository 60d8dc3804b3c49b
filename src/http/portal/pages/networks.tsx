/** Networks: the domains that certificates for a network must carry. */
import {
  changeNetwork,
  createNetwork,
  deleteNetwork,
  findNetwork,
  listNetworks,
} from "../../../administration/networks.ts";
import type { Network } from "../../../ports/network-store.ts";
import { ConfirmButton } from "../components/confirm.tsx";
import { Form, type FormState, freshForm, TextAreaField, TextField } from "../components/form.tsx";
import { ButtonTo } from "../components/navigation.tsx";
import { EmptyState, Pagination, Table } from "../components/table.tsx";
import { errorsOf, type Fields } from "../fields.ts";
import { tenantPage, type View } from "../route.ts";
import { type TenantVisit, valueOf } from "../visit.ts";

const path = "/networks";
const longestDescription = 500;

type Managing = TenantVisit<"template.read" | "template.manage">;

const readChange = (fields: Fields) => ({
  domains: fields
    .text("domains")
    .split(/[\s,]+/)
    .filter(Boolean),
  description: fields.text("description").slice(0, longestDescription),
});

export const networkPages = [
  tenantPage("get", path, ["template.read"], list),
  tenantPage("get", `${path}/_new`, ["template.read", "template.manage"], (visit) =>
    form(visit, freshForm),
  ),
  tenantPage("post", `${path}/_new`, ["template.read", "template.manage"], async (visit) => {
    const fields = await visit.fields();
    const name = fields.text("name");
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
      const message = visit.texts.networks.nameWrong;
      return form(visit, { fields, errors: [{ field: "name", message }] });
    }
    const { dependencies, access } = visit;
    const created = await createNetwork(dependencies, access, { name, ...readChange(fields) });
    return created.ok
      ? visit.redirect(visit.href(path), "network-created")
      : form(visit, { fields, errors: errorsOf(created.error) });
  }),
  tenantPage("get", `${path}/:name`, ["template.read", "template.manage"], async (visit) => {
    const { dependencies, access } = visit;
    const network = valueOf(await findNetwork(dependencies, access, visit.parameter("name")));
    return form(visit, freshForm, network);
  }),
  tenantPage("post", `${path}/:name`, ["template.read", "template.manage"], async (visit) => {
    const { dependencies, access } = visit;
    const name = visit.parameter("name");
    const network = valueOf(await findNetwork(dependencies, access, name));
    const fields = await visit.fields();
    const changed = await changeNetwork(dependencies, access, name, readChange(fields));
    return changed.ok
      ? visit.redirect(visit.href(path), "network-changed")
      : form(visit, { fields, errors: errorsOf(changed.error) }, network);
  }),
  tenantPage("post", `${path}/:name/delete`, ["template.manage"], async (visit) => {
    const { dependencies, access } = visit;
    valueOf(await deleteNetwork(dependencies, access, visit.parameter("name")));
    return visit.redirect(visit.href(path), "network-deleted");
  }),
];

async function list(visit: TenantVisit<"template.read">): Promise<View> {
  const said = visit.texts.networks;
  const page = await listNetworks(visit.dependencies, visit.access, visit.page());
  const mayManage = visit.may("template.manage");
  return {
    title: said.title,
    actions: mayManage && (
      <ButtonTo href={visit.href(`${path}/_new`)} label={said.add} tone="add" />
    ),
    content: (
      <>
        <p>{said.lead}</p>
        {page.items.length === 0 ? (
          <EmptyState title={said.empty} hint={said.emptyHint} />
        ) : (
          <Table<Network>
            label={said.title}
            items={page.items}
            columns={[
              {
                label: said.name,
                cell: ({ name }) =>
                  mayManage ? (
                    <a href={visit.href(`${path}/${encodeURIComponent(name)}`)}>{name}</a>
                  ) : (
                    name
                  ),
              },
              { label: said.domains, cell: ({ domains }) => domains.join(", ") },
              { label: said.description, cell: ({ description }) => description },
            ]}
          />
        )}
        <Pagination visit={visit} page={page} />
      </>
    ),
  };
}

function form(visit: Managing, state: FormState, network?: Network): View {
  const said = visit.texts.networks;
  const action = visit.href(`${path}/${network ? encodeURIComponent(network.name) : "_new"}`);
  return {
    title: network?.name ?? said.add,
    trail: [{ label: said.title, href: visit.href(path) }],
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <section class="card">
        <Form
          action={action}
          state={state}
          submit={network ? said.save : said.create}
          tone={network ? "primary" : "add"}
        >
          {!network && (
            <TextField
              name="name"
              label={said.name}
              hint={said.nameHint}
              state={state}
              maxlength={64}
              required
            />
          )}
          <TextAreaField
            name="domains"
            label={said.domains}
            hint={said.domainsHint}
            state={state}
            value={network?.domains.join("\n") ?? ""}
            rows={4}
            required
          />
          <TextField
            name="description"
            label={said.description}
            state={state}
            value={network?.description ?? ""}
            maxlength={longestDescription}
          />
        </Form>
        {network && (
          <ConfirmButton
            id="delete"
            action={`${action}/delete`}
            label={said.delete}
            title={said.deleteTitle(network.name)}
            text={said.deleteText}
          />
        )}
      </section>
    ),
  };
}
