/** The CA that takes another one's place: how it is made, how far it has come, and what is done next. */
import {
  mayBeFollowed,
  promoteSuccessor,
  stageSuccessor,
  withdrawSuccessor,
} from "../../../../administration/authority-succession.ts";
import { findCertificateAuthority } from "../../../../administration/certificate-authorities.ts";
import {
  reportSuccession,
  type SuccessionReport,
} from "../../../../administration/succession-report.ts";
import { authorityKeyAlgorithms } from "../../../../ca/authority-key.ts";
import type { CertificateAuthorityEntry } from "../../../../ports/certificate-authority-directory.ts";
import { ConfirmButton } from "../../components/confirm.tsx";
import { Form, type FormState, freshForm, SelectField, TextField } from "../../components/form.tsx";
import { errorsOf, nameErrors } from "../../fields.ts";
import { tenantPage, type View } from "../../route.ts";
import { type TenantVisit, valueOf } from "../../visit.ts";
import { authoritiesPath, mayChange } from "./authorities.tsx";
import { longestName, longestSubject, readPromoteAt, readYears } from "./authority-fields.ts";
import { SuccessionFacts } from "./succession-facts.tsx";

const path = `${authoritiesPath}/:id/successor`;

type Reading = TenantVisit<"authority.read">;
type Managing = TenantVisit<"authority.read" | "authority.manage">;

const managing = ["authority.read", "authority.manage"] as const;

export const successorHref = (visit: Reading, id: string): string =>
  visit.href(`${authoritiesPath}/${encodeURIComponent(id)}/successor`);

export const successorPages = [
  tenantPage("get", path, ["authority.read"], (visit) => show(visit, freshForm)),
  tenantPage("post", path, managing, stage),
  tenantPage("post", `${path}/day`, managing, async (visit) => {
    const fields = await visit.fields();
    const day = readPromoteAt(visit.texts, fields);
    if (day.errors.length > 0) return show(visit, { fields, errors: day.errors });
    const { dependencies, access } = visit;
    const planned = await stageSuccessor(dependencies, access, visit.parameter("id"), {
      promoteAt: day.promoteAt ?? null,
    });
    return planned.ok
      ? visit.redirect(successorHref(visit, planned.value.predecessor.id), "successor-planned")
      : show(visit, { fields, errors: errorsOf(planned.error) });
  }),
  tenantPage("post", `${path}/promote`, managing, async (visit) => {
    const { dependencies, access } = visit;
    const promoted = valueOf(await promoteSuccessor(dependencies, access, visit.parameter("id")));
    return visit.redirect(
      successorHref(visit, promoted.predecessor.id),
      promoted.successor.promotedAt ? "successor-promoted" : "successor-promoting",
    );
  }),
  tenantPage("post", `${path}/withdraw`, managing, async (visit) => {
    const { dependencies, access } = visit;
    const { predecessor } = valueOf(
      await withdrawSuccessor(dependencies, access, visit.parameter("id")),
    );
    return visit.redirect(successorHref(visit, predecessor.id), "successor-withdrawn");
  }),
];

async function stage(visit: Managing) {
  const fields = await visit.fields();
  const said = visit.texts.certificateAuthorities;
  const name = fields.optional("name");
  const years = readYears(visit.texts, fields);
  const day = readPromoteAt(visit.texts, fields);
  const errors = [
    ...(name === undefined ? [] : nameErrors("name", name, longestName, said.name)),
    ...years.errors,
    ...day.errors,
  ];
  if (errors.length > 0) return show(visit, { fields, errors });
  const { dependencies, access } = visit;
  const staged = await stageSuccessor(dependencies, access, visit.parameter("id"), {
    name,
    subject: fields.optional("subject"),
    keyAlgorithm: fields.choice("keyAlgorithm", authorityKeyAlgorithms),
    validityYears: years.value,
    promoteAt: day.promoteAt,
  });
  if (!staged.ok) return show(visit, { fields, errors: errorsOf(staged.error) });
  const { predecessor, successor } = staged.value;
  return visit.redirect(
    successorHref(visit, predecessor.id),
    successor.certificate ? "successor-staged" : "successor-waiting",
  );
}

async function show(visit: Reading, state: FormState): Promise<View> {
  const { dependencies, access } = visit;
  const said = visit.texts.succession;
  const authority = valueOf(
    await findCertificateAuthority(dependencies, access, visit.parameter("id")),
  );
  const reported = await reportSuccession(dependencies, access, authority.id);
  const report = reported.ok ? reported.value : undefined;
  const changeable = mayChange(visit, authority);
  const isFollowed = report !== undefined && !isOverFor(report, authority);
  const mayStage = changeable && !isFollowed && mayBeFollowed(authority);
  return {
    title: said.title,
    trail: [
      { label: visit.texts.certificateAuthorities.title, href: visit.href(authoritiesPath) },
      { label: authority.name, href: visit.href(`${authoritiesPath}/${authority.id}`) },
    ],
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <>
        <p>{said.lead}</p>
        {report?.state === "withdrawn" && <p>{said.withdrawnBefore(report.successor.name)}</p>}
        {report && report.state !== "withdrawn" && (
          <SuccessionFacts visit={visit} report={report} />
        )}
        {report && isFollowed && changeable && (
          <NextStep visit={visit} report={report} state={state} />
        )}
        {mayStage && <StageForm visit={visit} authority={authority} state={state} />}
        {!isFollowed && !mayStage && <p>{said.none}</p>}
      </>
    ),
  };
}

/** Withdrawn; or this CA is the one that took over, and is followed by nobody yet. */
const isOverFor = (
  { state, successor }: SuccessionReport,
  { id }: CertificateAuthorityEntry,
): boolean => state === "withdrawn" || (state === "promoted" && successor.id === id);

const StageForm = ({
  visit,
  authority,
  state,
}: {
  visit: Reading;
  authority: CertificateAuthorityEntry;
  state: FormState;
}) => {
  const said = visit.texts.succession;
  const words = visit.texts.certificateAuthorities;
  return (
    <section class="card">
      <h2>{said.stageTitle}</h2>
      <p>{said.stageLead}</p>
      <Form
        action={successorHref(visit, authority.id)}
        state={state}
        submit={said.stage}
        tone="add"
      >
        <TextField
          name="name"
          label={words.name}
          hint={said.nameHint}
          state={state}
          maxlength={longestName}
        />
        <TextField
          name="subject"
          label={words.subject}
          hint={said.subjectHint}
          state={state}
          maxlength={longestSubject}
        />
        <SelectField
          name="keyAlgorithm"
          label={words.keyAlgorithm}
          state={state}
          options={[
            { value: "", label: `${said.sameKey} (${authority.keyAlgorithm})` },
            ...authorityKeyAlgorithms.map((value) => ({ value, label: value })),
          ]}
        />
        <TextField
          name="validityYears"
          label={words.validityYears}
          hint={said.yearsHint}
          type="number"
          state={state}
        />
        <DayField visit={visit} state={state} />
      </Form>
    </section>
  );
};

const DayField = ({
  visit,
  state,
  value,
}: {
  visit: Reading;
  state: FormState;
  value?: Date | undefined;
}) => (
  <TextField
    name="promoteAt"
    label={visit.texts.succession.day}
    hint={visit.texts.succession.dayHint}
    type="date"
    value={value?.toISOString().slice(0, 10)}
    state={state}
  />
);

const NextStep = ({
  visit,
  report: { state: stage, predecessor, successor, deployFirst },
  state,
}: {
  visit: Reading;
  report: SuccessionReport;
  state: FormState;
}) => {
  const said = visit.texts.succession;
  const here = successorHref(visit, predecessor.id);
  if (stage === "promoting" || stage === "promoted") return null;
  return (
    <section class="card">
      <h2>{said.actions}</h2>
      <Form action={`${here}/day`} state={state} submit={said.change}>
        <DayField visit={visit} state={state} value={successor.promoteAt} />
      </Form>
      <div class="row">
        {successor.certificate && (
          <ConfirmButton
            id="promote"
            action={`${here}/promote`}
            label={said.promote}
            title={said.promoteTitle(successor.name)}
            text={deployFirst ? said.promoteUnready : said.promoteText}
          />
        )}
        <ConfirmButton
          id="withdraw"
          action={`${here}/withdraw`}
          label={said.withdraw}
          title={said.withdrawTitle(successor.name)}
          text={said.withdrawText}
        />
      </div>
    </section>
  );
};
