/** The page of one Intune authentication: validating it, its credentials, its settings. */
import {
  changeConnection,
  type ConnectionReport,
  connectionWarnings,
  deleteConnection,
  findConnection,
  validateConnection,
} from "../../../../administration/intune-connections.ts";
import {
  defaultOverlapHours,
  makeClientCertificate,
  removeCredential,
} from "../../../../administration/intune-credentials.ts";
import { notFound } from "../../../../administration/refusal.ts";
import type {
  IntuneConnectionEntry,
  IntuneCredentialEntry,
} from "../../../../ports/intune-connection-directory.ts";
import { ConfirmButton } from "../../components/confirm.tsx";
import { Form, type FormState, freshForm, TextField } from "../../components/form.tsx";
import { ActionButton } from "../../components/navigation.tsx";
import { Table } from "../../components/table.tsx";
import { Facts, Time } from "../../components/values.tsx";
import { errorsOf } from "../../fields.ts";
import { tenantPage, type View } from "../../route.ts";
import { type TenantVisit, valueOf } from "../../visit.ts";
import {
  CloudFields,
  ConnectionFields,
  readConnection,
  readSecret,
  SecretFields,
} from "./intune-form.tsx";
import { ValidationReport } from "./intune-report.tsx";
import { connectionsPath } from "./shared.tsx";

const base = `${connectionsPath}/:id`;
const longestOverlapHours = 720;

type Reading = TenantVisit<"intune.read">;
type Managing = TenantVisit<"intune.read" | "intune.manage">;

const pageOf = (visit: Reading): string =>
  visit.href(`${connectionsPath}/${encodeURIComponent(visit.parameter("id"))}`);

export const intuneConnectionPage = [
  tenantPage("get", base, ["intune.read"], (visit) => show(visit)),
  tenantPage("post", `${base}/validate`, ["intune.read", "intune.manage"], async (visit) => {
    const { dependencies, access } = visit;
    const id = visit.parameter("id");
    const report = valueOf(await validateConnection(dependencies, access, id));
    return show(visit, { report });
  }),
  tenantPage("post", `${base}/settings`, ["intune.read", "intune.manage"], async (visit) => {
    const fields = await visit.fields();
    const { wishes, errors } = readConnection(visit.texts, fields);
    if (errors.length > 0) return show(visit, { settings: { fields, errors } });
    const { dependencies, access } = visit;
    const changed = await changeConnection(dependencies, access, visit.parameter("id"), wishes);
    return changed.ok
      ? visit.redirect(pageOf(visit), "connection-changed")
      : show(visit, { settings: { fields, errors: errorsOf(changed.error) } });
  }),
  tenantPage("post", `${base}/secret`, ["intune.read", "intune.manage"], replaceSecret),
  tenantPage("post", `${base}/certificate`, ["intune.read", "intune.manage"], async (visit) => {
    const { dependencies, access } = visit;
    valueOf(await makeClientCertificate(dependencies, access, visit.parameter("id")));
    return visit.redirect(pageOf(visit), "connection-certificate");
  }),
  tenantPage("get", `${base}/credentials/:file`, ["intune.read"], downloadCertificate),
  tenantPage(
    "post",
    `${base}/credentials/:credential/remove`,
    ["intune.read", "intune.manage"],
    async (visit) => {
      const { dependencies, access } = visit;
      const [id, credential] = [visit.parameter("id"), visit.parameter("credential")];
      valueOf(await removeCredential(dependencies, access, id, credential));
      return visit.redirect(pageOf(visit), "connection-credential-removed");
    },
  ),
  tenantPage("post", `${base}/delete`, ["intune.manage"], async (visit) => {
    const { dependencies, access } = visit;
    valueOf(await deleteConnection(dependencies, access, visit.parameter("id")));
    return visit.redirect(visit.href(connectionsPath), "connection-deleted");
  }),
];

async function replaceSecret(visit: Managing) {
  const { intuneConnections: said } = visit.texts;
  const fields = await visit.fields();
  const { errors, ...secret } = readSecret(visit.texts, fields);
  const hours = Number(fields.text("overlapHours") || defaultOverlapHours);
  const wrong = [
    ...errors,
    ...(secret.clientSecret === undefined
      ? [{ field: "clientSecret", message: said.secretHint }]
      : []),
    ...(Number.isInteger(hours) && hours >= 0 && hours <= longestOverlapHours
      ? []
      : [{ field: "overlapHours", message: `${said.overlap}: 0 – ${longestOverlapHours}` }]),
  ];
  if (wrong.length > 0) return show(visit, { secret: { fields, errors: wrong } });
  const changed = await changeConnection(visit.dependencies, visit.access, visit.parameter("id"), {
    ...secret,
    overlapHours: hours,
  });
  return changed.ok
    ? visit.redirect(pageOf(visit), "connection-secret-replaced")
    : show(visit, { secret: { fields, errors: errorsOf(changed.error) } });
}

async function downloadCertificate(visit: Reading) {
  const entry = valueOf(
    await findConnection(visit.dependencies, visit.access, visit.parameter("id")),
  );
  const credential = entry.credentials.find(
    ({ id, certificateDer }) => certificateDer && `${id}.cer` === visit.parameter("file"),
  );
  const der = credential?.certificateDer;
  if (!der) return valueOf<never>(notFound("certificate"));
  return visit.context.body(Uint8Array.from(der), 200, {
    "content-type": "application/pkix-cert",
    "content-disposition": `attachment; filename="edge-scep-${credential.id}.cer"`,
  });
}

/** What was sent and not taken, or found out. */
interface Sent {
  readonly settings?: FormState;
  readonly secret?: FormState;
  readonly report?: ConnectionReport;
}

async function show(visit: Reading, sent: Sent = {}): Promise<View> {
  const { dependencies, access } = visit;
  const { intuneConnections: said } = visit.texts;
  const entry = valueOf(await findConnection(dependencies, access, visit.parameter("id")));
  const warnings = connectionWarnings(entry, dependencies.clock.now());
  const mayManage = visit.may("intune.manage");
  const page = pageOf(visit);
  return {
    title: entry.name,
    trail: [{ label: said.title, href: visit.href(connectionsPath) }],
    status: sent.settings || sent.secret ? 422 : 200,
    actions: mayManage && (
      <ActionButton action={`${page}/validate`} label={said.validate} tone="primary" />
    ),
    content: (
      <>
        {warnings.map((warning) => (
          <p class="warning">{warning}</p>
        ))}
        {sent.report ? (
          <ValidationReport visit={visit} report={sent.report} />
        ) : (
          <p class="quiet">{said.validateLead}</p>
        )}
        <section class="card">
          <Facts
            facts={[
              [said.clientId, <code>{entry.clientId}</code>],
              [said.directoryId, <code>{entry.directoryId}</code>],
              [said.cloud, said.clouds[entry.cloud.name]],
            ]}
          />
        </section>
        <Credentials visit={visit} entry={entry} page={page} />
        {mayManage && <Changes visit={visit} entry={entry} page={page} sent={sent} />}
      </>
    ),
  };
}

interface Shown {
  readonly visit: Reading;
  readonly entry: IntuneConnectionEntry;
  readonly page: string;
}

const Credentials = ({ visit, entry, page }: Shown) => {
  const { intuneConnections: said, common } = visit.texts;
  if (entry.credentials.length === 0) return null;
  return (
    <section>
      <h2>{said.credentials}</h2>
      <Table<IntuneCredentialEntry>
        label={said.credentials}
        items={entry.credentials}
        columns={[
          { label: said.kind, cell: ({ kind }) => said.kinds[kind] },
          { label: said.added, cell: ({ createdAt }) => <Time at={createdAt} /> },
          {
            label: said.expires,
            cell: ({ expiresAt }) => (expiresAt ? <Time at={expiresAt} /> : said.noExpiry),
          },
          {
            label: said.retires,
            cell: ({ retiresAt }) => (retiresAt ? <Time at={retiresAt} /> : said.untilReplaced),
          },
          {
            label: common.actions,
            actions: true,
            cell: ({ id, kind, certificateDer }) => (
              <>
                {certificateDer && (
                  <a class="button" href={`${page}/credentials/${id}.cer`}>
                    {said.download}
                  </a>
                )}{" "}
                {visit.may("intune.manage") && (
                  <ConfirmButton
                    id={id}
                    action={`${page}/credentials/${id}/remove`}
                    label={said.remove}
                    accessibleLabel={`${said.remove}: ${said.kinds[kind]} ${id.slice(-6)}`}
                    title={said.removeTitle}
                    text={said.removeText}
                  />
                )}
              </>
            ),
          },
        ]}
      />
    </section>
  );
};

const Changes = ({ visit, entry, page, sent }: Shown & { sent: Sent }) => {
  const { intuneConnections: said } = visit.texts;
  const { settings = freshForm, secret = freshForm } = sent;
  return (
    <>
      <section class="card">
        <h2>{said.replaceTitle}</h2>
        <p class="quiet">{said.replaceLead}</p>
        <Form action={`${page}/secret`} state={secret} submit={said.replace}>
          <SecretFields visit={visit} state={secret} required />
          <TextField
            name="overlapHours"
            label={said.overlap}
            type="number"
            state={secret}
            value={String(defaultOverlapHours)}
            required
          />
        </Form>
      </section>
      <section class="card">
        <h2>{said.certificateTitle}</h2>
        <p class="quiet">{said.certificateLead}</p>
        <ActionButton action={`${page}/certificate`} label={said.makeCertificate} />
      </section>
      <section class="card">
        <h2>{said.settings}</h2>
        <Form action={`${page}/settings`} state={settings} submit={said.save}>
          <ConnectionFields visit={visit} state={settings} entry={entry} />
          <CloudFields visit={visit} state={settings} entry={entry} />
        </Form>
        <ConfirmButton
          id="delete"
          action={`${page}/delete`}
          label={said.delete}
          title={said.deleteTitle(entry.name)}
          text={said.deleteText}
        />
      </section>
    </>
  );
};
