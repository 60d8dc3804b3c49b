/** Where people arrive: the tenants that they may work in, and a tenant's first page. */
import { listCertificateAuthorities } from "../../../administration/certificate-authorities.ts";
import { listConfigurations } from "../../../administration/scep-configurations.ts";
import { listTenants } from "../../../administration/tenants.ts";
import { listTokenRequests } from "../../../administration/token-requests.ts";
import type { Tenant } from "../../../ports/tenant-store.ts";
import { EmptyState, Pagination, Table } from "../components/table.tsx";
import { Time } from "../components/values.tsx";
import { personalPage, tenantPage } from "../route.ts";

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

  tenantPage(
    "get",
    "",
    ["tenant.read", "configuration.read", "authority.read", "token-request.read"],
    async (visit) => {
      const { home: said } = visit.texts;
      const { dependencies, access } = visit;
      const limit = 100;
      const [configurations, authorities, requests] = await Promise.all([
        listConfigurations(dependencies, access, { limit }),
        listCertificateAuthorities(dependencies, access, { limit }),
        listTokenRequests(dependencies, access, { status: "pending" }, { limit }),
      ]);
      const figure = (label: string, count: number, more: boolean) => (
        <div class="card">
          <div class="figure">{more ? `${count}+` : count}</div>
          <div class="quiet">{label}</div>
        </div>
      );
      const enabled = configurations.items.filter((configuration) => configuration.enabled);
      return {
        title: visit.tenant.name,
        content: (
          <>
            <div class="cards">
              {figure(said.configurations, enabled.length, configurations.nextCursor !== undefined)}
              {figure(
                said.authorities,
                authorities.items.length,
                authorities.nextCursor !== undefined,
              )}
              {figure(said.waiting, requests.items.length, requests.nextCursor !== undefined)}
            </div>
            {configurations.items.length === 0 && (
              <EmptyState title={said.nothing} hint={said.nothingHint} />
            )}
          </>
        ),
      };
    },
  ),
];
