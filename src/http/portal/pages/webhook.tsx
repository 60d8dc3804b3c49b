/** One webhook: changed, tested, switched off, removed; and what came of each delivery. */
import {
  changeWebhook,
  findWebhook,
  listDeliveries,
  removeWebhook,
  replaceWebhookSecret,
  testWebhook,
} from "../../../administration/webhooks.ts";
import type { Page } from "../../../ports/page.ts";
import type { Delivery } from "../../../ports/webhook-store.ts";
import { ConfirmButton } from "../components/confirm.tsx";
import { Form, type FormState, freshForm } from "../components/form.tsx";
import { ForeignName } from "../components/names.tsx";
import { ActionButton } from "../components/navigation.tsx";
import { EmptyState, Pagination, Table } from "../components/table.tsx";
import { Badge, Facts, Time } from "../components/values.tsx";
import { WebhookVerification } from "../components/webhook-verification.tsx";
import { errorsOf } from "../fields.ts";
import { tenantPage, type View } from "../route.ts";
import { type TenantVisit, valueOf } from "../visit.ts";
import {
  eventErrors,
  eventsIn,
  shownOnce,
  WebhookFields,
  webhooksPath,
  WebhookState,
} from "./webhooks.tsx";

const path = `${webhooksPath}/:id`;

type WebhookVisit = TenantVisit<"webhook.read">;

export const webhookPage = [
  tenantPage("get", path, ["webhook.read"], (visit) => detail(visit, freshForm)),
  tenantPage("post", path, ["webhook.read", "webhook.manage"], async (visit) => {
    const fields = await visit.fields();
    const events = eventsIn(fields);
    const errors = eventErrors(events);
    if (errors.length > 0) return detail(visit, { fields, errors });
    const id = visit.parameter("id");
    const wish = { url: fields.text("url"), events };
    const changed = await changeWebhook(visit.dependencies, visit.access, id, wish);
    return changed.ok
      ? visit.redirect(visit.href(`${webhooksPath}/${id}`), "webhook-changed")
      : detail(visit, { fields, errors: errorsOf(changed.error) });
  }),
  ...([true, false] as const).map((enabled) =>
    tenantPage(
      "post",
      `${path}/${enabled ? "enable" : "disable"}`,
      ["webhook.manage"],
      async (visit) => {
        const id = visit.parameter("id");
        valueOf(await changeWebhook(visit.dependencies, visit.access, id, { enabled }));
        return visit.redirect(visit.href(`${webhooksPath}/${id}`), "webhook-changed");
      },
    ),
  ),
  tenantPage("post", `${path}/test`, ["webhook.manage"], async (visit) => {
    const id = visit.parameter("id");
    valueOf(await testWebhook(visit.dependencies, visit.access, id));
    return visit.redirect(visit.href(`${webhooksPath}/${id}`), "webhook-tested");
  }),
  tenantPage("post", `${path}/secret`, ["webhook.read", "webhook.manage"], async (visit) =>
    shownOnce(
      visit,
      valueOf(await replaceWebhookSecret(visit.dependencies, visit.access, visit.parameter("id"))),
    ),
  ),
  tenantPage("post", `${path}/remove`, ["webhook.manage"], async (visit) => {
    valueOf(await removeWebhook(visit.dependencies, visit.access, visit.parameter("id")));
    return visit.redirect(visit.href(webhooksPath), "webhook-removed");
  }),
];

async function detail(visit: WebhookVisit, state: FormState): Promise<View> {
  const said = visit.texts.webhooks;
  const { dependencies, access } = visit;
  const id = visit.parameter("id");
  const webhook = valueOf(await findWebhook(dependencies, access, id));
  const deliveries = valueOf(await listDeliveries(dependencies, access, id, visit.page()));
  const here = visit.href(`${webhooksPath}/${id}`);
  const manages = visit.may("webhook.manage");
  const button = (action: string, label: string) => (
    <ActionButton action={`${here}/${action}`} label={label} />
  );
  const { url, events, enabled, failingSince, createdAt } = webhook;
  return {
    title: said.detailTitle,
    status: state.errors.length > 0 ? 422 : 200,
    trail: [{ label: said.title, href: visit.href(webhooksPath) }],
    actions: manages && (
      <>
        {enabled && button("test", said.test)}
        <ConfirmButton
          id="secret"
          action={`${here}/secret`}
          label={said.newSecret}
          title={said.newSecretTitle}
          text={said.newSecretText}
        />
        {enabled ? button("disable", said.disable) : button("enable", said.enable)}
        <ConfirmButton
          id="remove"
          action={`${here}/remove`}
          label={said.remove}
          title={said.removeTitle}
          text={said.removeText}
        />
      </>
    ),
    content: (
      <>
        <section class="card">
          <Facts
            facts={[
              [said.url, <ForeignName name={url} />],
              [said.state, <WebhookState {...webhook} />],
              [said.events, events.map((event) => said.eventNames[event]).join(", ")],
              ...(failingSince ? [[said.failingSince, <Time at={failingSince} />] as const] : []),
              [said.since, <Time at={createdAt} />],
            ]}
          />
        </section>
        <WebhookVerification />
        <h2>{said.deliveries}</h2>
        <Deliveries visit={visit} page={deliveries} />
        {manages && (
          <section class="card">
            <h2>{said.change}</h2>
            <Form action={here} state={state} submit={said.save}>
              <WebhookFields state={state} webhook={webhook} />
            </Form>
          </section>
        )}
      </>
    ),
  };
}

const tones = { waiting: "warn", delivered: "good", failed: "bad" } as const;

const Deliveries = ({ visit, page }: { visit: WebhookVisit; page: Page<Delivery> }) => {
  const said = visit.texts.webhooks;
  if (page.items.length === 0)
    return <EmptyState title={said.noDeliveries} hint={said.noDeliveriesHint} />;
  return (
    <>
      <Table<Delivery>
        label={said.deliveries}
        items={page.items}
        columns={[
          { label: said.event, cell: ({ event }) => said.eventNames[event] },
          {
            label: said.state,
            cell: ({ status }) => <Badge tone={tones[status]} label={said.delivery[status]} />,
          },
          { label: said.attempts, cell: ({ attempts }) => attempts },
          {
            label: said.answer,
            cell: ({ lastStatus, lastError }) => (
              <ForeignName name={[lastStatus, lastError].filter(Boolean).join(" ")} />
            ),
          },
          { label: said.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
          {
            label: said.nextAttempt,
            cell: ({ status, nextAttemptAt }) =>
              status === "waiting" ? <Time at={nextAttemptAt} /> : "",
          },
        ]}
      />
      <Pagination visit={visit} page={page} />
    </>
  );
};
