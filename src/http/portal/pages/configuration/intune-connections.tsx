/** The tab "Intune Authentication": the list, and adding one. */
import {
  connectionWarnings,
  createConnection,
  listConnections,
} from "../../../../administration/intune-connections.ts";
import type { IntuneConnectionEntry } from "../../../../ports/intune-connection-directory.ts";
import { Form, type FormState, freshForm } from "../../components/form.tsx";
import { ButtonTo } from "../../components/navigation.tsx";
import { EmptyState, Pagination, Table } from "../../components/table.tsx";
import { Badge, Time } from "../../components/values.tsx";
import { errorsOf } from "../../fields.ts";
import { tenantPage, type View } from "../../route.ts";
import type { TenantVisit } from "../../visit.ts";
import {
  CloudFields,
  ConnectionFields,
  readConnection,
  readSecret,
  SecretFields,
} from "./intune-form.tsx";
import { ConfigurationTabs, connectionsPath } from "./shared.tsx";

export const intuneConnectionPages = [
  tenantPage("get", connectionsPath, ["intune.read"], list),
  tenantPage("get", `${connectionsPath}/_new`, ["intune.manage"], (visit) =>
    form(visit, freshForm),
  ),
  tenantPage("post", `${connectionsPath}/_new`, ["intune.manage"], async (visit) => {
    const fields = await visit.fields();
    const { wishes, errors } = readConnection(visit.texts, fields);
    const { errors: secretErrors, ...secret } = readSecret(visit.texts, fields);
    const wrong = [...errors, ...secretErrors];
    if (wrong.length > 0) return form(visit, { fields, errors: wrong });
    const created = await createConnection(visit.dependencies, visit.access, {
      ...wishes,
      ...secret,
    });
    return created.ok
      ? visit.redirect(visit.href(`${connectionsPath}/${created.value.id}`), "connection-created")
      : form(visit, { fields, errors: errorsOf(created.error) });
  }),
];

async function list(visit: TenantVisit<"intune.read">): Promise<View> {
  const { intuneConnections: said, scepConfigurations } = visit.texts;
  const page = await listConnections(visit.dependencies, visit.access, visit.page());
  const add = visit.may("intune.manage") && (
    <ButtonTo href={visit.href(`${connectionsPath}/_new`)} label={said.add} tone="add" />
  );
  const now = visit.dependencies.clock.now();
  return {
    title: scepConfigurations.title,
    actions: add,
    content: (
      <>
        <ConfigurationTabs visit={visit} current={connectionsPath} />
        {page.items.length === 0 ? (
          <EmptyState title={said.empty} hint={said.emptyHint} />
        ) : (
          <>
            <p>{said.lead}</p>
            <Table<IntuneConnectionEntry>
              label={said.title}
              items={page.items}
              columns={[
                {
                  label: said.name,
                  cell: ({ id, name }) => (
                    <a href={visit.href(`${connectionsPath}/${id}`)}>{name}</a>
                  ),
                },
                { label: said.directoryId, cell: ({ directoryId }) => <code>{directoryId}</code> },
                { label: said.usedBy, cell: ({ cloud }) => said.clouds[cloud.name] },
                {
                  label: said.secretState,
                  cell: (entry) => <SecretState visit={visit} {...{ entry, now }} />,
                },
              ]}
            />
          </>
        )}
        <Pagination visit={visit} page={page} />
      </>
    ),
  };
}

const SecretState = ({
  visit,
  entry,
  now,
}: {
  visit: TenantVisit<"intune.read">;
  entry: IntuneConnectionEntry;
  now: Date;
}) => {
  const { intuneConnections: said } = visit.texts;
  const [warning] = connectionWarnings(entry, now);
  if (warning !== undefined) return <Badge tone="warn" label={warning.split(":")[0] ?? warning} />;
  const expiresAt = entry.credentials[0]?.expiresAt;
  return expiresAt ? <Time at={expiresAt} /> : <>{said.noExpiry}</>;
};

function form(visit: TenantVisit<"intune.manage">, state: FormState): View {
  const { intuneConnections: said } = visit.texts;
  return {
    title: said.add,
    trail: [{ label: said.title, href: visit.href(connectionsPath) }],
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <>
        <section class="card">
          <h2>{said.beforeTitle}</h2>
          <ol>
            {said.before.map((step) => (
              <li>{step}</li>
            ))}
          </ol>
        </section>
        <section class="card">
          <Form
            action={visit.href(`${connectionsPath}/_new`)}
            state={state}
            submit={said.confirm}
            tone="add"
          >
            <ConnectionFields visit={visit} state={state} />
            <SecretFields visit={visit} state={state} required={false} />
            <CloudFields visit={visit} state={state} />
          </Form>
        </section>
      </>
    ),
  };
}
