/** "SCEP Configuration": the list, and making one. */
import { listCertificateAuthorities } from "../../../../administration/certificate-authorities.ts";
import { listTemplates } from "../../../../administration/certificate-templates.ts";
import {
  type ConfigurationOverview,
  listConfigurationOverviews,
} from "../../../../administration/configuration-overview.ts";
import { preferredIssuer } from "../../../../administration/first-steps.ts";
import { listConnections } from "../../../../administration/intune-connections.ts";
import { presetNames, presets } from "../../../../administration/presets/presets.ts";
import { createConfiguration } from "../../../../administration/scep-configurations.ts";
import { Form, type FormState, freshForm, SelectField, TextField } from "../../components/form.tsx";
import { ButtonTo } from "../../components/navigation.tsx";
import { EmptyState, Pagination, Table } from "../../components/table.tsx";
import { Badge, Facts, Time } from "../../components/values.tsx";
import { everyItem } from "../../every-item.ts";
import { errorsOf, type FieldError, type Fields } from "../../fields.ts";
import { tenantPage, type View } from "../../route.ts";
import type { Texts } from "../../texts/texts.ts";
import type { TenantVisit } from "../../visit.ts";
import {
  configurationPath,
  configurationsPath,
  ConfigurationState,
  ConfigurationTabs,
} from "./shared.tsx";

const kinds = ["simple", "intune"] as const;
const rowsOfPage = 25;

export const scepConfigurationPages = [
  tenantPage("get", configurationsPath, ["configuration.read", "authority.read"], list),
  tenantPage(
    "get",
    `${configurationsPath}/_new`,
    ["configuration.manage", "authority.read", "template.read", "intune.read"],
    (visit) => form(visit, freshForm),
  ),
  tenantPage(
    "post",
    `${configurationsPath}/_new`,
    ["configuration.manage", "authority.read", "template.read", "intune.read"],
    async (visit) => {
      const fields = await visit.fields();
      const errors = nameErrorsOf(visit.texts, fields);
      if (errors.length > 0) return form(visit, { fields, errors });
      const created = await createConfiguration(visit.dependencies, visit.access, {
        name: fields.text("name"),
        displayName: fields.optional("displayName"),
        kind: fields.choice("kind", kinds) ?? "simple",
        certificateAuthority: fields.text("certificateAuthority"),
        certificateTemplate: fields.text("certificateTemplate"),
        preset: fields.choice("preset", presetNames),
        intuneConnection: fields.optional("intuneConnection"),
      });
      return created.ok
        ? visit.redirect(visit.href(configurationPath(created.value.name)), "configuration-created")
        : form(visit, { fields, errors: errorsOf(created.error) });
    },
  ),
];

/** The name is a part of addresses. */
function nameErrorsOf({ scepConfigurations: said }: Texts, fields: Fields): readonly FieldError[] {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(fields.text("name"))
    ? []
    : [{ field: "name", message: said.nameWrong }];
}

async function list(visit: TenantVisit<"configuration.read" | "authority.read">): Promise<View> {
  const { scepConfigurations: said } = visit.texts;
  const page = await listConfigurationOverviews(
    visit.dependencies,
    visit.access,
    visit.page(rowsOfPage),
  );
  const mayManage = visit.may("configuration.manage");
  const add = mayManage && (
    <ButtonTo href={visit.href(`${configurationsPath}/_new`)} label={said.add} tone="add" />
  );
  return {
    title: said.title,
    actions: add,
    content: (
      <>
        <ConfigurationTabs visit={visit} current={configurationsPath} />
        {page.items.length === 0 ? (
          <EmptyState
            title={said.empty}
            hint={said.emptyHint}
            action={
              <>
                <a href={visit.href("/certificate-authorities")}>{said.toAuthorities}</a>
                {" · "}
                <a href={visit.href("/certificate-templates")}>{said.toTemplates}</a>
              </>
            }
          />
        ) : (
          <>
            <p>{said.lead}</p>
            <Table label={said.title} items={page.items} columns={columns(visit)} />
          </>
        )}
        <Pagination visit={visit} page={page} />
      </>
    ),
  };
}

const columns = (visit: TenantVisit<"configuration.read" | "authority.read">) => {
  const { scepConfigurations: said } = visit.texts;
  return [
    {
      label: said.name,
      cell: ({ name, displayName }: ConfigurationOverview) => (
        <>
          <a href={visit.href(configurationPath(name))}>{displayName}</a>
          {displayName !== name && <small>{` ${name}`}</small>}
        </>
      ),
    },
    {
      label: said.state,
      cell: ({ enabled, entitled }: ConfigurationOverview) => (
        <ConfigurationState enabled={enabled} entitled={entitled} />
      ),
    },
    { label: said.kind, cell: ({ kind }: ConfigurationOverview) => said.kinds[kind] },
    { label: said.authority, cell: ({ authorityName }: ConfigurationOverview) => authorityName },
    {
      label: said.agentExpires,
      cell: ({ agentNotAfter, ownAgent }: ConfigurationOverview) => {
        if (agentNotAfter) return <Time at={agentNotAfter} />;
        return ownAgent ? said.ownAgent : <Badge tone="warn" label={said.noAgent} />;
      },
    },
  ];
};

type FormVisit = TenantVisit<
  "configuration.manage" | "authority.read" | "template.read" | "intune.read"
>;

async function form(visit: FormVisit, state: FormState): Promise<View> {
  const { scepConfigurations: said } = visit.texts;
  const { dependencies, access } = visit;
  const [authorities, templates, connections] = await Promise.all([
    everyItem((page) => listCertificateAuthorities(dependencies, access, page)),
    everyItem((page) => listTemplates(dependencies, access, page)),
    everyItem((page) => listConnections(dependencies, access, page)),
  ]);
  const issuing = authorities.filter(({ state }) => state === "ready");
  const view = {
    title: said.add,
    trail: [{ label: said.title, href: visit.href(configurationsPath) }],
  };
  if (issuing.length === 0 || templates.length === 0) {
    const [title, path, label] =
      issuing.length === 0
        ? [said.missingAuthority, "/certificate-authorities", said.toAuthorities]
        : [said.missingTemplate, "/certificate-templates", said.toTemplates];
    const action = <ButtonTo href={visit.href(path)} label={label} tone="primary" />;
    return {
      ...view,
      status: state.errors.length > 0 ? 422 : 200,
      content: <EmptyState title={title} hint={said.missingHint} action={action} />,
    };
  }
  const named = ({ id, name }: { id: string; name: string }) => ({ value: id, label: name });
  return {
    ...view,
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <section class="card">
        <Form
          action={visit.href(`${configurationsPath}/_new`)}
          state={state}
          submit={said.create}
          tone="add"
        >
          <TextField
            name="name"
            label={said.name}
            hint={said.nameHint}
            state={state}
            maxlength={64}
            required
          />
          <TextField
            name="displayName"
            label={said.displayName}
            hint={said.displayNameHint}
            state={state}
            maxlength={128}
          />
          <SelectField
            name="kind"
            label={said.kind}
            hint={said.kindHint}
            state={state}
            value="simple"
            required
            options={kinds.map((value) => ({ value, label: said.kinds[value] }))}
          />
          <SelectField
            name="certificateAuthority"
            label={said.authority}
            hint={said.authorityHint}
            state={state}
            value={preferredIssuer(issuing)?.id ?? ""}
            required
            options={issuing.map(named)}
          />
          <SelectField
            name="certificateTemplate"
            label={said.template}
            hint={said.templateHint}
            state={state}
            required
            options={templates.map(named)}
          />
          <SelectField
            name="preset"
            label={said.preset}
            hint={said.presetHint}
            state={state}
            options={[
              { value: "", label: said.presetDefault },
              ...presetNames.map((value) => ({ value, label: presets[value].label })),
            ]}
          />
          <SelectField
            name="intuneConnection"
            label={said.intuneConnection}
            hint={said.intuneConnectionHint}
            state={state}
            options={[{ value: "", label: said.noConnection }, ...connections.map(named)]}
          />
        </Form>
        <Purposes said={said} />
      </section>
    ),
  };
}

/** Too long for a select: below it. */
const Purposes = ({ said }: { said: Texts["scepConfigurations"] }) => (
  <details class="spaced">
    <summary>{said.presetsTitle}</summary>
    <Facts
      facts={presetNames.map((name) => [presets[name].label, presets[name].purpose] as const)}
    />
  </details>
);
