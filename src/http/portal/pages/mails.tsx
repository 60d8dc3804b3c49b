/** The outbox: what was mailed, what could not be, and who is told of what. */
import { z } from "@hono/zod-openapi";
import {
  changeNotificationAddresses,
  findNotificationAddresses,
  listMails,
  retryMail,
} from "../../../administration/mails.ts";
import type { MailEntry } from "../../../ports/mail-outbox.ts";
import type { NotificationConcern } from "../../../ports/notification-addresses.ts";
import { Form, type FormState, freshForm, TextAreaField } from "../components/form.tsx";
import { ForeignName } from "../components/names.tsx";
import { EmptyState, Pagination, Table } from "../components/table.tsx";
import { Badge, Time } from "../components/values.tsx";
import type { FieldError, Fields } from "../fields.ts";
import { tenantPage, type View } from "../route.ts";
import { type TenantVisit, valueOf } from "../visit.ts";

const path = "/mails";
const mostAddresses = 20;
const concerns: readonly NotificationConcern[] = ["approvals", "upkeep"];

type MailVisit = TenantVisit<"mail.read">;

export const mailPages = [
  tenantPage("get", path, ["mail.read"], (visit) => outbox(visit, freshForm)),
  tenantPage("post", `${path}/addresses`, ["mail.read", "mail.manage"], async (visit) => {
    const fields = await visit.fields();
    const errors = concerns.flatMap((concern) => addressErrors(visit, fields, concern));
    if (errors.length > 0) return outbox(visit, { fields, errors });
    await changeNotificationAddresses(visit.dependencies, visit.access, {
      approvals: addressesIn(fields, "approvals"),
      upkeep: addressesIn(fields, "upkeep"),
    });
    return visit.redirect(visit.href(path), "addresses-saved");
  }),
  tenantPage("post", `${path}/:id/retry`, ["mail.manage"], async (visit) => {
    valueOf(await retryMail(visit.dependencies, visit.access, visit.parameter("id")));
    return visit.redirect(visit.href(path), "mail-retried");
  }),
];

const addressesIn = (fields: Fields, concern: NotificationConcern): string[] =>
  fields
    .text(concern)
    .split(/[\s,;]+/)
    .filter(Boolean);

function addressErrors(
  visit: MailVisit,
  fields: Fields,
  field: NotificationConcern,
): readonly FieldError[] {
  const said = visit.texts.mails;
  const addresses = addressesIn(fields, field);
  if (addresses.length > mostAddresses) return [{ field, message: said.tooMany }];
  const wrong = addresses.find((address) => !z.email().max(254).safeParse(address).success);
  return wrong === undefined ? [] : [{ field, message: said.wrongAddress(wrong) }];
}

const tones = { waiting: "warn", sent: "good", failed: "bad", replaced: "neutral" } as const;

async function outbox(visit: MailVisit, state: FormState): Promise<View> {
  const { mails: said, common } = visit.texts;
  const page = await listMails(visit.dependencies, visit.access, visit.page());
  const manages = visit.may("mail.manage");
  const retry = {
    label: common.actions,
    actions: true,
    // A link's secret is erased with the mail: a new link is made at the request.
    cell: ({ id, status, recipient, message, about }: MailEntry) =>
      status !== "failed" ? null : message.kind === "token-approved" ? (
        <a href={visit.href(`/token-requests/${about}`)}>{said.toRequest}</a>
      ) : (
        <form method="post" action={visit.href(`${path}/${id}/retry`)}>
          <button type="submit" aria-label={said.retryOf(recipient)}>
            {said.retry}
          </button>
        </form>
      ),
  };
  return {
    title: said.title,
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <>
        <p>{said.lead}</p>
        {page.items.length === 0 ? (
          <EmptyState title={said.empty} hint={said.emptyHint} />
        ) : (
          <Table<MailEntry>
            label={said.title}
            items={page.items}
            columns={[
              { label: said.kind, cell: ({ message }) => said.kinds[message.kind] },
              { label: said.recipient, cell: ({ recipient }) => <ForeignName name={recipient} /> },
              {
                label: said.state,
                cell: ({ status }) => <Badge tone={tones[status]} label={said.states[status]} />,
              },
              { label: said.attempts, cell: ({ attempts }) => attempts },
              { label: said.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
              {
                label: said.problem,
                cell: ({ lastError, status }) =>
                  lastError === undefined || status === "sent" ? (
                    ""
                  ) : (
                    <ForeignName name={lastError} />
                  ),
              },
              ...(manages ? [retry] : []),
            ]}
          />
        )}
        <Pagination visit={visit} page={page} />
        {manages && <Addresses visit={visit} state={state} told={await toldOf(visit)} />}
      </>
    ),
  };
}

const toldOf = (visit: MailVisit) => findNotificationAddresses(visit.dependencies, visit.access);

const Addresses = ({
  visit,
  state,
  told,
}: {
  visit: MailVisit;
  state: FormState;
  told: Awaited<ReturnType<typeof toldOf>>;
}) => {
  const said = visit.texts.mails;
  return (
    <section class="card">
      <h2>{said.addresses}</h2>
      <p>{said.addressesLead}</p>
      <Form action={visit.href(`${path}/addresses`)} state={state} submit={said.save}>
        {concerns.map((concern) => (
          <TextAreaField
            name={concern}
            label={said[concern]}
            state={state}
            value={told[concern].join("\n")}
            rows={3}
          />
        ))}
      </Form>
    </section>
  );
};
