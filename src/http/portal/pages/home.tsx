/** Where people arrive: the tenants that they may work in. */
import { listTenants } from "../../../administration/tenants.ts";
import type { Tenant } from "../../../ports/tenant-store.ts";
import { EmptyState, Pagination, Table } from "../components/table.tsx";
import { Time } from "../components/values.tsx";
import { personalPage } from "../route.ts";

export const homePages = [
  personalPage("get", "/", async (visit) => {
    const { items } = await listTenants(visit.dependencies, visit.actor, { limit: 2 });
    const [only] = items;
    return visit.redirect(
      items.length === 1 && only ? `/portal/tenants/${only.id}` : "/portal/tenants",
    );
  }),

  personalPage("get", "/tenants", async (visit) => {
    const { common, home: said, signIn } = visit.texts;
    const page = await listTenants(visit.dependencies, visit.actor, visit.page());
    const isOperator = visit.actor.rank === "operator";
    return {
      title: common.tenants,
      content:
        page.items.length === 0 ? (
          <EmptyState
            title={isOperator ? said.noTenants : signIn.noMembershipTitle}
            hint={isOperator ? said.noTenantsHint : signIn.noMembership(visit.signedIn.person.mail)}
          />
        ) : (
          <>
            <Table<Tenant>
              label={common.tenants}
              items={page.items}
              columns={[
                {
                  label: said.tenant,
                  cell: ({ id, name }) => <a href={`/portal/tenants/${id}`}>{name}</a>,
                },
                { label: said.since, cell: ({ createdAt }) => <Time at={createdAt} /> },
              ]}
            />
            <Pagination visit={visit} page={page} />
          </>
        ),
    };
  }),
];
