/** Certificate templates: the list, and making one. */
import { createTemplate, listTemplates } from "../../../../administration/certificate-templates.ts";
import { listNetworks } from "../../../../administration/networks.ts";
import { defaultTemplateRules } from "../../../../administration/presets/default-template.ts";
import { templateRisks } from "../../../../administration/template-checks.ts";
import type { CertificateTemplate } from "../../../../ca/certificate-template.ts";
import { mergeRules, presentRules } from "../../../api/template-rules.ts";
import { Form, type FormState, freshForm, TextField } from "../../components/form.tsx";
import { ButtonTo } from "../../components/navigation.tsx";
import { EmptyState, Pagination, Table } from "../../components/table.tsx";
import { everyItem } from "../../every-item.ts";
import { errorsOf, nameErrors } from "../../fields.ts";
import { tenantPage, type View } from "../../route.ts";
import type { TenantVisit } from "../../visit.ts";
import { purposeName, TemplateFields } from "./template-fields.tsx";
import { readRules } from "./template-rules.ts";

export const templatesPath = "/certificate-templates";
const longestName = 64;
const secondsOfDay = 24 * 3600;

type Managing = TenantVisit<"template.read" | "template.manage">;

export const templatesPages = [
  tenantPage("get", templatesPath, ["template.read"], async (visit) => {
    const said = visit.texts.certificateTemplates;
    const page = await listTemplates(visit.dependencies, visit.access, visit.page());
    return {
      title: said.title,
      actions: visit.may("template.manage") && (
        <ButtonTo href={visit.href(`${templatesPath}/_new`)} label={said.add} tone="add" />
      ),
      content:
        page.items.length === 0 ? (
          <EmptyState title={said.empty} hint={said.emptyHint} />
        ) : (
          <>
            <p>{said.lead}</p>
            <Table<CertificateTemplate>
              label={said.title}
              items={page.items}
              columns={[
                {
                  label: said.name,
                  cell: ({ id, name }) => <a href={visit.href(`${templatesPath}/${id}`)}>{name}</a>,
                },
                { label: said.version, cell: ({ version }) => version },
                {
                  label: said.validity,
                  cell: ({ validitySeconds }) =>
                    said.days(Math.round(validitySeconds / secondsOfDay)),
                },
                {
                  label: said.purposes,
                  cell: ({ extendedKeyUsage }) =>
                    extendedKeyUsage.default.map(purposeName).join(", "),
                },
              ]}
            />
            <Pagination visit={visit} page={page} />
          </>
        ),
    };
  }),
  tenantPage("get", `${templatesPath}/_new`, ["template.read", "template.manage"], (visit) =>
    form(visit, freshForm),
  ),
  tenantPage(
    "post",
    `${templatesPath}/_new`,
    ["template.read", "template.manage"],
    async (visit) => {
      const fields = await visit.fields();
      const name = fields.text("name");
      const { input, errors } = readRules(visit.texts, fields);
      const wrong = [
        ...nameErrors("name", name, longestName, visit.texts.certificateTemplates.name),
        ...errors,
      ];
      if (wrong.length > 0) return form(visit, { fields, errors: wrong });
      const accepted = templateRisks.filter((risk) => fields.all("acceptRisks").includes(risk));
      const rules = mergeRules(defaultTemplateRules, input);
      const { dependencies, access } = visit;
      const created = await createTemplate(dependencies, access, name, rules, accepted);
      return created.ok
        ? visit.redirect(visit.href(`${templatesPath}/${created.value.id}`), "template-created")
        : form(visit, { fields, errors: errorsOf(created.error) });
    },
  ),
];

async function form(visit: Managing, state: FormState): Promise<View> {
  const said = visit.texts.certificateTemplates;
  const networks = await everyItem((page) => listNetworks(visit.dependencies, visit.access, page));
  return {
    title: said.add,
    trail: [{ label: said.title, href: visit.href(templatesPath) }],
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <Form
        action={visit.href(`${templatesPath}/_new`)}
        state={state}
        submit={said.create}
        tone="add"
      >
        <TextField
          name="name"
          label={said.name}
          hint={said.nameHint}
          state={state}
          maxlength={longestName}
          required
        />
        <TemplateFields
          visit={visit}
          state={state}
          rules={presentRules(defaultTemplateRules)}
          networks={networks.map(({ name }) => name)}
        />
      </Form>
    ),
  };
}
