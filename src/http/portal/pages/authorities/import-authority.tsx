/** Bringing an existing CA here, with its key. The files are read in this one request, and the key is in no page. */
import { importCertificateAuthority } from "../../../../administration/authority-import.ts";
import {
  CheckField,
  FileField,
  Form,
  type FormState,
  freshForm,
  TextField,
} from "../../components/form.tsx";
import { errorsOf, type Fields, nameErrors } from "../../fields.ts";
import { tenantPage, type View } from "../../route.ts";
import type { TenantVisit } from "../../visit.ts";
import { authoritiesPath } from "./authorities.tsx";
import { certificateInPem } from "./certificate-file.ts";

const path = `${authoritiesPath}/_import`;
const longestName = 64;

export const importAuthorityPages = [
  tenantPage("get", path, ["authority.manage"], (visit) => form(visit, freshForm)),
  tenantPage("post", path, ["authority.manage"], async (visit) => {
    const said = visit.texts.certificateAuthorities;
    const fields = await visit.fields();
    const errors = [
      ...nameErrors("name", fields.text("name"), longestName, said.name),
      ...(hasFiles(fields) ? [] : [{ field: "pkcs12", message: said.filesMissing }]),
    ];
    if (errors.length > 0) return form(visit, { fields, errors });
    const imported = await importCertificateAuthority(visit.dependencies, visit.access, {
      name: fields.text("name"),
      shared: fields.checked("shared"),
      ...(fields.optional("pkcs12") === undefined
        ? {
            certificate: certificateInPem(fields.optional("certificate")),
            privateKey: fields.optional("privateKey"),
          }
        : { pkcs12: fields.text("pkcs12") }),
      chain: certificateInPem(fields.optional("chain")),
      password: fields.optional("password"),
      crl: fields.optional("crl"),
    });
    return imported.ok
      ? visit.redirect(visit.href(`${authoritiesPath}/${imported.value.id}`), "authority-imported")
      : form(visit, { fields, errors: errorsOf(imported.error) });
  }),
];

const hasFiles = (fields: Fields): boolean =>
  fields.optional("pkcs12") !== undefined ||
  (fields.optional("certificate") !== undefined && fields.optional("privateKey") !== undefined);

function form(visit: TenantVisit<"authority.manage">, state: FormState): View {
  const said = visit.texts.certificateAuthorities;
  return {
    title: said.import,
    trail: [{ label: said.title, href: visit.href(authoritiesPath) }],
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <section class="card">
        <p>{said.importLead}</p>
        <Form action={visit.href(path)} state={state} submit={said.import} tone="add" upload>
          <TextField
            name="name"
            label={said.name}
            hint={said.nameHint}
            state={state}
            maxlength={longestName}
            required
          />
          <FileField
            name="pkcs12"
            label={said.pkcs12}
            hint={said.pkcs12Hint}
            state={state}
            accept=".p12,.pfx"
          />
          <FileField name="certificate" label={said.certificate} state={state} />
          <FileField name="privateKey" label={said.privateKey} state={state} />
          <FileField name="chain" label={said.chain} hint={said.chainHint} state={state} />
          <TextField
            name="password"
            label={said.password}
            type="password"
            autocomplete="off"
            state={state}
          />
          <FileField name="crl" label={said.crl} hint={said.crlHint} state={state} />
          {visit.actor.rank === "operator" && (
            <CheckField
              name="shared"
              label={said.sharedLabel}
              hint={said.sharedHint}
              state={state}
            />
          )}
        </Form>
      </section>
    ),
  };
}
