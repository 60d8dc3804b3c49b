/** Making a CA: a root, one below another, or one that an outside CA signs. */
import { createCertificateAuthority } from "../../../../administration/authority-creation.ts";
import type { NewCertificateAuthority } from "../../../../administration/authority-plan.ts";
import { listCertificateAuthorities } from "../../../../administration/certificate-authorities.ts";
import { authorityKeyAlgorithms } from "../../../../ca/authority-key.ts";
import { constrainedNameTypes, type NameConstraint } from "../../../../pki/name-constraints.ts";
import {
  CheckField,
  Form,
  type FormState,
  freshForm,
  SelectField,
  TextAreaField,
  TextField,
} from "../../components/form.tsx";
import { everyItem } from "../../every-item.ts";
import { errorsOf, type FieldError, type Fields, nameErrors } from "../../fields.ts";
import { tenantPage, type View } from "../../route.ts";
import type { Texts } from "../../texts/texts.ts";
import type { TenantVisit } from "../../visit.ts";
import { authoritiesPath } from "./authorities.tsx";
import { longestName, longestSubject, readNumber, readYears } from "./authority-fields.ts";

const path = `${authoritiesPath}/_new`;
/** In place of a parent's id; ids have no such form. */
const outside = "_outside";

export const newAuthorityPages = [
  tenantPage("get", path, ["authority.read", "authority.manage"], (visit) =>
    form(visit, freshForm),
  ),
  tenantPage("post", path, ["authority.read", "authority.manage"], async (visit) => {
    const fields = await visit.fields();
    const { wishes, errors } = readAuthority(visit.texts, fields);
    if (errors.length > 0) return form(visit, { fields, errors });
    const created = await createCertificateAuthority(visit.dependencies, visit.access, wishes);
    if (!created.ok) return form(visit, { fields, errors: errorsOf(created.error) });
    const { id, state } = created.value;
    return visit.redirect(
      visit.href(`${authoritiesPath}/${id}`),
      state === "awaiting-certificate" ? "authority-awaiting" : "authority-created",
    );
  }),
];

interface ReadAuthority {
  readonly wishes: NewCertificateAuthority;
  readonly errors: readonly FieldError[];
}

function readAuthority(texts: Texts, fields: Fields): ReadAuthority {
  const said = texts.certificateAuthorities;
  const years = readYears(texts, fields);
  const pathLength = readNumber(texts, fields, "pathLength", 0, 9);
  const errors: FieldError[] = [
    ...nameErrors("name", fields.text("name"), longestName, said.name),
    ...nameErrors("subject", fields.text("subject"), longestSubject, said.subject),
    ...years.errors,
    ...pathLength.errors,
  ];
  const constraints = (field: "permitted" | "excluded"): NameConstraint[] =>
    fields
      .text(field)
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean)
      .flatMap((line) => {
        const [, word, value] = /^(\S+)\s+(.+)$/.exec(line) ?? [];
        const type = constrainedNameTypes.find((name) => name === word);
        if (type && value) return [{ type, value }];
        errors.push({ field, message: said.constraintWrong(line.slice(0, 80)) });
        return [];
      });
  const [permitted, excluded] = [constraints("permitted"), constraints("excluded")];
  const parent = fields.optional("parent");
  const wishes: NewCertificateAuthority = {
    name: fields.text("name"),
    subject: fields.text("subject"),
    keyAlgorithm: fields.choice("keyAlgorithm", authorityKeyAlgorithms) ?? "RSA-2048",
    ...(parent === outside ? { externalParent: true } : { parent }),
    validityYears: years.value,
    pathLength: pathLength.value,
    ...(permitted.length + excluded.length > 0 && { nameConstraints: { permitted, excluded } }),
    ownAgent: fields.checked("ownAgent"),
    shared: fields.checked("shared"),
  };
  return { wishes, errors };
}

type Managing = TenantVisit<"authority.read" | "authority.manage">;

async function form(visit: Managing, state: FormState): Promise<View> {
  const said = visit.texts.certificateAuthorities;
  const { dependencies, access } = visit;
  const authorities = await everyItem((page) =>
    listCertificateAuthorities(dependencies, access, page),
  );
  const isOperator = visit.actor.rank === "operator";
  const parents = authorities.filter(
    ({ state, tenantId }) => state === "ready" && (isOperator || tenantId !== undefined),
  );
  return {
    title: said.add,
    trail: [{ label: said.title, href: visit.href(authoritiesPath) }],
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <section class="card">
        <Form action={visit.href(path)} state={state} submit={said.create} tone="add">
          <TextField
            name="name"
            label={said.name}
            hint={said.nameHint}
            state={state}
            maxlength={longestName}
            required
          />
          <TextField
            name="subject"
            label={said.subject}
            hint={said.subjectHint}
            state={state}
            maxlength={longestSubject}
            required
          />
          <SelectField
            name="keyAlgorithm"
            label={said.keyAlgorithm}
            hint={said.keyHint}
            state={state}
            value="RSA-2048"
            required
            options={authorityKeyAlgorithms.map((value) => ({ value, label: value }))}
          />
          <SelectField
            name="parent"
            label={said.parent}
            hint={said.parentHint}
            state={state}
            options={[
              { value: "", label: said.noParent },
              ...parents.map(({ id, name }) => ({ value: id, label: name })),
              { value: outside, label: said.outsideParent },
            ]}
          />
          <TextField
            name="validityYears"
            label={said.validityYears}
            hint={said.validityHint}
            type="number"
            state={state}
          />
          <TextField
            name="pathLength"
            label={said.pathLength}
            hint={said.pathLengthHint}
            type="number"
            state={state}
          />
          <details open={state.errors.length > 0}>
            <summary>{said.more}</summary>
            <div class="fields">
              {(["permitted", "excluded"] as const).map((field) => (
                <TextAreaField
                  name={field}
                  label={said[field]}
                  hint={said.constraintsHint}
                  state={state}
                  rows={3}
                />
              ))}
              <CheckField
                name="ownAgent"
                label={said.ownAgent}
                hint={said.ownAgentHint}
                state={state}
              />
              {isOperator && (
                <CheckField
                  name="shared"
                  label={said.sharedLabel}
                  hint={said.sharedHint}
                  state={state}
                />
              )}
            </div>
          </details>
        </Form>
      </section>
    ),
  };
}
