/** The page of one certificate template: what it says, a preview of what a request would get, its versions, changing it. */
import {
  changeTemplate,
  findTemplate,
  listTemplateVersions,
} from "../../../../administration/certificate-templates.ts";
import { listNetworks } from "../../../../administration/networks.ts";
import { listConfigurations } from "../../../../administration/scep-configurations.ts";
import { templateRisks } from "../../../../administration/template-checks.ts";
import {
  previewTemplate,
  type TemplatePreview,
} from "../../../../administration/template-preview.ts";
import type { CertificateTemplate } from "../../../../ca/certificate-template.ts";
import { mergeRules, presentRules } from "../../../api/template-rules.ts";
import {
  Form,
  type FormState,
  freshForm,
  SelectField,
  TextAreaField,
} from "../../components/form.tsx";
import { ButtonTo } from "../../components/navigation.tsx";
import { everyItem } from "../../every-item.ts";
import { errorsOf } from "../../fields.ts";
import { tenantPage, type View } from "../../route.ts";
import { type TenantVisit, valueOf } from "../../visit.ts";
import { PreviewedCertificate } from "./preview.tsx";
import { TemplateFields } from "./template-fields.tsx";
import { readRules } from "./template-rules.ts";
import { templatesPath } from "./templates.tsx";
import { RulesInWords, Versions } from "./versions.tsx";

const base = `${templatesPath}/:id`;
const shownVersions = 20;

type Reading = TenantVisit<"template.read" | "configuration.read">;
type Managing = TenantVisit<"template.read" | "template.manage">;

const pageOf = (visit: TenantVisit<never>): string =>
  visit.href(`${templatesPath}/${encodeURIComponent(visit.parameter("id"))}`);

export const templatePages = [
  tenantPage("get", base, ["template.read", "configuration.read"], (visit) => show(visit)),
  tenantPage("post", `${base}/preview`, ["template.read", "configuration.read"], async (visit) => {
    const fields = await visit.fields();
    const { dependencies, access } = visit;
    const preview = await previewTemplate(dependencies, access, visit.parameter("id"), {
      request: fields.text("request"),
      scepConfiguration: fields.optional("scepConfiguration"),
    });
    return preview.ok
      ? show(visit, { state: { fields, errors: [] }, preview: preview.value })
      : show(visit, { state: { fields, errors: errorsOf(preview.error) } });
  }),
  tenantPage("get", `${base}/change`, ["template.read", "template.manage"], (visit) =>
    form(visit, freshForm),
  ),
  tenantPage("post", `${base}/change`, ["template.read", "template.manage"], async (visit) => {
    const fields = await visit.fields();
    const { input, errors } = readRules(visit.texts, fields);
    if (errors.length > 0) return form(visit, { fields, errors });
    const changed = await changeTemplate(
      visit.dependencies,
      visit.access,
      visit.parameter("id"),
      (rules) => mergeRules(rules, input),
      templateRisks.filter((risk) => fields.all("acceptRisks").includes(risk)),
    );
    return changed.ok
      ? visit.redirect(pageOf(visit), "template-changed")
      : form(visit, { fields, errors: errorsOf(changed.error) });
  }),
];

interface Previewed {
  readonly state: FormState;
  readonly preview?: TemplatePreview;
}

async function show(visit: Reading, previewed: Previewed = { state: freshForm }): Promise<View> {
  const said = visit.texts.certificateTemplates;
  const { dependencies, access } = visit;
  const id = visit.parameter("id");
  const template = valueOf(await findTemplate(dependencies, access, id));
  const versions = valueOf(
    await listTemplateVersions(dependencies, access, id, { limit: shownVersions }),
  );
  return {
    title: template.name,
    trail: [{ label: said.title, href: visit.href(templatesPath) }],
    status: previewed.state.errors.length > 0 ? 422 : 200,
    actions: visit.may("template.manage") && (
      <ButtonTo href={`${pageOf(visit)}/change`} label={said.edit} tone="primary" />
    ),
    content: (
      <>
        <section class="card">
          <h2>{said.now}</h2>
          <RulesInWords visit={visit} rules={template} />
        </section>
        <Preview visit={visit} template={template} previewed={previewed} />
        <Versions visit={visit} versions={versions.items} />
      </>
    ),
  };
}

const Preview = async ({
  visit,
  template,
  previewed: { state, preview },
}: {
  visit: Reading;
  template: CertificateTemplate;
  previewed: Previewed;
}) => {
  const said = visit.texts.certificateTemplates;
  const all = await everyItem((page) => listConfigurations(visit.dependencies, visit.access, page));
  const users = all.filter(({ certificateTemplateId }) => certificateTemplateId === template.id);
  return (
    <section class="card" id="preview">
      <h2>{said.previewTitle}</h2>
      <p class="quiet">{said.previewLead}</p>
      {preview && <PreviewedCertificate visit={visit} preview={preview} />}
      <Form action={`${pageOf(visit)}/preview#preview`} state={state} submit={said.previewButton}>
        <TextAreaField
          name="request"
          label={said.request}
          state={state}
          placeholder="-----BEGIN CERTIFICATE REQUEST-----"
          rows={8}
          maxlength={60_000}
          required
        />
        <SelectField
          name="scepConfiguration"
          label={said.configuration}
          state={state}
          options={[
            { value: "", label: said.noConfiguration },
            ...users.map(({ name }) => ({ value: name, label: name })),
          ]}
        />
      </Form>
    </section>
  );
};

async function form(visit: Managing, state: FormState): Promise<View> {
  const said = visit.texts.certificateTemplates;
  const { dependencies, access } = visit;
  const template = valueOf(await findTemplate(dependencies, access, visit.parameter("id")));
  const networks = await everyItem((page) => listNetworks(dependencies, access, page));
  return {
    title: `${said.edit}: ${template.name}`,
    trail: [
      { label: said.title, href: visit.href(templatesPath) },
      { label: template.name, href: pageOf(visit) },
    ],
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <Form action={`${pageOf(visit)}/change`} state={state} submit={said.save}>
        <TemplateFields
          visit={visit}
          state={state}
          rules={presentRules(template)}
          networks={networks.map(({ name }) => name)}
        />
      </Form>
    ),
  };
}
