/** Webhooks of a tenant: added with a secret that is shown once. */
import {
  createWebhook,
  type CreatedWebhook,
  listWebhooks,
} from "../../../administration/webhooks.ts";
import {
  type Webhook,
  type WebhookEventKind,
  webhookEvents,
} from "../../../ports/webhook-store.ts";
import { CheckBoxes, Form, type FormState, freshForm, TextField } from "../components/form.tsx";
import { EmptyState, Pagination, Table } from "../components/table.tsx";
import { Badge, CopyValue, Time } from "../components/values.tsx";
import { WebhookVerification } from "../components/webhook-verification.tsx";
import { errorsOf, type FieldError, type Fields } from "../fields.ts";
import { tenantPage, type View } from "../route.ts";
import { texts } from "../texts/texts.ts";
import type { TenantVisit } from "../visit.ts";

export const webhooksPath = "/webhooks";

type WebhooksVisit = TenantVisit<"webhook.read">;

export const webhookPages = [
  tenantPage("get", webhooksPath, ["webhook.read"], (visit) => list(visit, freshForm)),
  tenantPage("post", webhooksPath, ["webhook.read", "webhook.manage"], async (visit) => {
    const fields = await visit.fields();
    const events = eventsIn(fields);
    const errors = eventErrors(events);
    if (errors.length > 0) return list(visit, { fields, errors });
    const wish = { url: fields.text("url"), events };
    const created = await createWebhook(visit.dependencies, visit.access, wish);
    return created.ok
      ? shownOnce(visit, created.value)
      : list(visit, { fields, errors: errorsOf(created.error) });
  }),
];

export function eventsIn(fields: Fields): readonly WebhookEventKind[] {
  const wanted = new Set(fields.all("events"));
  return webhookEvents.filter((event) => wanted.has(event));
}

export const eventErrors = (events: readonly WebhookEventKind[]): readonly FieldError[] =>
  events.length > 0 ? [] : [{ field: "", message: texts.webhooks.noEvents }];

export const WebhookState = ({ enabled, failingSince }: Webhook) => {
  const said = texts.webhooks;
  if (!enabled) return <Badge tone="neutral" label={said.off} />;
  if (failingSince !== undefined) return <Badge tone="bad" label={said.failing} />;
  return <Badge tone="good" label={said.on} />;
};

/** @param webhook absent: a new one */
export const WebhookFields = ({ state, webhook }: { state: FormState; webhook?: Webhook }) => {
  const said = texts.webhooks;
  const sent = state.errors.length > 0;
  return (
    <>
      <TextField
        name="url"
        label={said.url}
        hint={said.urlHint}
        type="url"
        value={webhook?.url}
        maxlength={2000}
        state={state}
        required
      />
      <CheckBoxes
        name="events"
        legend={said.events}
        options={webhookEvents.map((event) => ({ value: event, label: said.eventNames[event] }))}
        checked={sent ? eventsIn(state.fields) : (webhook?.events ?? webhookEvents)}
      />
    </>
  );
};

async function list(visit: WebhooksVisit, state: FormState): Promise<View> {
  const said = visit.texts.webhooks;
  const page = await listWebhooks(visit.dependencies, visit.access, visit.page());
  const here = visit.href(webhooksPath);
  return {
    title: said.title,
    status: state.errors.length > 0 ? 422 : 200,
    content: (
      <>
        <p>{said.lead}</p>
        {page.items.length === 0 ? (
          <EmptyState title={said.empty} hint={said.emptyHint} />
        ) : (
          <Table<Webhook>
            label={said.title}
            items={page.items}
            columns={[
              { label: said.url, cell: ({ id, url }) => <a href={`${here}/${id}`}>{url}</a> },
              { label: said.state, cell: (webhook) => <WebhookState {...webhook} /> },
              {
                label: said.events,
                cell: ({ events }) => events.map((event) => said.eventNames[event]).join(", "),
              },
              { label: said.since, cell: ({ createdAt }) => <Time at={createdAt} /> },
            ]}
          />
        )}
        <Pagination visit={visit} page={page} />
        <WebhookVerification />
        {visit.may("webhook.manage") && (
          <section class="card">
            <h2>{said.add}</h2>
            <Form action={here} state={state} submit={said.add} tone="add">
              <WebhookFields state={state} />
            </Form>
          </section>
        )}
      </>
    ),
  };
}

/** In the answer to the POST and nowhere else. */
export function shownOnce(visit: WebhooksVisit, { webhook, secret }: CreatedWebhook): View {
  const { id, url } = webhook;
  const said = visit.texts.webhooks;
  return {
    title: said.secretTitle,
    trail: [{ label: said.title, href: visit.href(webhooksPath) }],
    content: (
      <section class="card">
        <p>
          <strong>{url}</strong>
        </p>
        <p>{said.secretText}</p>
        <CopyValue value={secret} label={said.secret} />
        <WebhookVerification open />
        <p>
          <a class="button primary" href={visit.href(`${webhooksPath}/${id}`)}>
            {said.done}
          </a>
        </p>
      </section>
    ),
  };
}
