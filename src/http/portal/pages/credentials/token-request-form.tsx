/** "Request SCEP Certificate": what a token is to be bound to, with what that would let through while one types. */
import { z } from "@hono/zod-openapi";
import type { TenantAccess } from "../../../../administration/access.ts";
import type { Refusal } from "../../../../administration/refusal.ts";
import { listConfigurations } from "../../../../administration/scep-configurations.ts";
import {
  approveTokenRequest,
  createTokenRequest,
} from "../../../../administration/token-requests.ts";
import { isEntitled } from "../../../../ports/tenant-store.ts";
import { ErrorSummary, type FormState, SelectField, TextField } from "../../components/form.tsx";
import { EmptyState } from "../../components/table.tsx";
import { errorsOf, type FieldError, Fields } from "../../fields.ts";
import { type Reply, tenantPage, type View } from "../../route.ts";
import { type TenantVisit, valueOf } from "../../visit.ts";
import { AlternativeNameRows, namesOf } from "./alternative-name-rows.tsx";
import { SubjectExamples } from "./subject-examples.tsx";
import { readSubject, SubjectFields } from "./subject-fields.tsx";

const path = "/request-scep-certificate";
const defaultDays = 365;
const longestDays = 3650;
const mostUses = 1_000_000_000;

type FormVisit = TenantVisit<"token-request.create" | "configuration.read">;

export const tokenRequestFormPages = [
  // The query fills the form in: by htmx for the example, by a link for a request that is often made.
  tenantPage("get", path, ["token-request.create", "configuration.read"], (visit) => {
    const { searchParams } = new URL(visit.context.req.url);
    return form(visit, { fields: new Fields(searchParams), errors: [] });
  }),
  tenantPage("post", path, ["token-request.create", "configuration.read"], async (visit) => {
    const fields = await visit.fields();
    // "Add a name" and "Remove" are buttons of the form, so that they need no script.
    if (fields.checked("names")) return form(visit, { fields, errors: [] });
    return create(visit, fields);
  }),
];

async function create(visit: FormVisit, fields: Fields): Promise<Reply> {
  const subject = readSubject(fields);
  const names = namesOf(fields);
  const errors = [...(subject.ok ? [] : errorsOf(subject.error)), ...numberErrors(visit, fields)];
  if (!subject.ok || errors.length > 0) return form(visit, { fields, errors });
  const maxUses = fields.optional("maxUses");
  const days = Number(fields.optional("validDays") ?? defaultDays);
  const created = await createTokenRequest(visit.dependencies, visit.access, {
    configuration: fields.text("configuration"),
    subject: subject.value,
    subjectAlternativeNames: names,
    contactEmail: fields.text("contactEmail"),
    maxUses: maxUses === undefined ? undefined : Number(maxUses),
    expiresAt: new Date(visit.dependencies.clock.now().getTime() + days * 86_400_000),
  });
  if (!created.ok) return form(visit, { fields, errors: refusedAt(created.error) });
  const { id } = created.value;
  const approving = approvingAccess(visit);
  if (approving) valueOf(await approveTokenRequest(visit.dependencies, approving, id));
  const notice = approving ? "token-request-approved" : "token-request-waiting";
  return visit.redirect(visit.href(`/token-requests/${id}`), notice);
}

/** Of those who need nobody else. */
function approvingAccess(visit: FormVisit): TenantAccess<"token-request.approve"> | undefined {
  const permitted = visit.permit("token-request.approve", "token-request.approve-own");
  return permitted.ok ? permitted.value : undefined;
}

/** The end follows from the days that were typed. */
const refusedAt = (refusal: Refusal): readonly FieldError[] =>
  errorsOf(refusal).map(({ field, message }) => ({
    field: field === "expiresAt" ? "validDays" : field,
    message,
  }));

function numberErrors(visit: FormVisit, fields: Fields): FieldError[] {
  const said = visit.texts.tokenRequests;
  const errors: FieldError[] = [];
  const check = (field: string, largest: number, message: string) => {
    const text = fields.optional(field);
    const value = Number(text);
    if (text !== undefined && !(Number.isInteger(value) && value >= 1 && value <= largest))
      errors.push({ field, message });
  };
  if (!z.email().max(254).safeParse(fields.text("contactEmail")).success)
    errors.push({ field: "contactEmail", message: said.missingMail });
  check("maxUses", mostUses, said.wrongUses);
  check("validDays", longestDays, said.wrongDays);
  return errors;
}

async function form(visit: FormVisit, state: FormState): Promise<View> {
  const said = visit.texts.tokenRequests;
  const { items } = await listConfigurations(visit.dependencies, visit.access, { limit: 200 });
  const title = said.requestTitle;
  if (!isEntitled(visit.tenant.entitlements, "simple")) {
    return { title, content: <EmptyState title={said.switchedOff} hint={said.switchedOffHint} /> };
  }
  const configurations = items.filter(({ kind }) => kind === "simple");
  if (configurations.length === 0) {
    const hint = said.noConfigurationHint;
    return { title, content: <EmptyState title={said.noConfiguration} hint={hint} /> };
  }
  const action = visit.href(path);
  const { fields } = state;
  return {
    title,
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <>
        <p>{said.requestLead}</p>
        <ErrorSummary errors={state.errors} />
        <form class="fields" method="post" action={action}>
          {/* The first button is the one that Enter presses. */}
          <button type="submit" class="visually-hidden" tabindex={-1} aria-hidden="true">
            {said.submit}
          </button>
          <SelectField
            name="configuration"
            label={said.configuration}
            state={state}
            required
            options={configurations.map(({ name }) => ({ value: name, label: name }))}
          />
          <SubjectFields state={state} />
          <AlternativeNameRows action={action} state={state} />
          <SubjectExamples action={action} fields={fields} />
          <TextField
            name="contactEmail"
            label={said.contact}
            hint={said.contactHint}
            type="email"
            autocomplete="email"
            maxlength={254}
            state={state}
            required
          />
          <TextField
            name="maxUses"
            label={said.uses}
            hint={said.usesHint}
            type="number"
            state={state}
          />
          <TextField
            name="validDays"
            label={said.days}
            hint={said.daysHint}
            type="number"
            value={String(defaultDays)}
            state={state}
          />
          <div>
            <button type="submit" class="add">
              {approvingAccess(visit) ? said.submitAndApprove : said.submit}
            </button>
          </div>
        </form>
      </>
    ),
  };
}
