/** A tenant's settings: its name, what it is entitled to, and the identity provider of its members. */
import {
  removeSignInProvider,
  setSignInProvider,
  showSignInProvider,
  type ShownSignInProvider,
} from "../../../administration/sign-in-providers.ts";
import { renameTenant } from "../../../administration/tenants.ts";
import { ConfirmButton } from "../components/confirm.tsx";
import { CheckField, Form, type FormState, freshForm, TextField } from "../components/form.tsx";
import { CopyValue, Facts, Time } from "../components/values.tsx";
import { errorsOf, nameErrors } from "../fields.ts";
import { tenantPage, type View } from "../route.ts";
import { callbackAddress } from "../sign-in/openid-connect.ts";
import { type TenantVisit, valueOf } from "../visit.ts";

const path = "/settings";
const longestName = 64;
const longestValue = 500;

export const settingsPages = [
  tenantPage("get", path, ["tenant.read", "tenant.configure"], (visit) => settings(visit)),
  tenantPage("post", `${path}/name`, ["tenant.read", "tenant.configure"], async (visit) => {
    const fields = await visit.fields();
    const name = fields.text("name");
    const errors = nameErrors("name", name, longestName, visit.texts.settings.name);
    if (errors.length > 0) return settings(visit, { naming: { fields, errors } });
    const renamed = await renameTenant(visit.dependencies, visit.access, name);
    return renamed.ok
      ? visit.redirect(visit.href(path), "tenant-renamed")
      : settings(visit, { naming: { fields, errors: errorsOf(renamed.error) } });
  }),
  tenantPage("post", `${path}/provider`, ["tenant.read", "tenant.configure"], async (visit) => {
    const fields = await visit.fields();
    const said = visit.texts.settings;
    const errors = (["issuer", "clientId", "clientSecret"] as const).flatMap((name) =>
      nameErrors(name, fields.text(name), longestValue, said[name]),
    );
    if (errors.length > 0) return settings(visit, { provider: { fields, errors } });
    const set = await setSignInProvider(visit.dependencies, visit.access, {
      issuer: fields.text("issuer"),
      clientId: fields.text("clientId"),
      clientSecret: fields.text("clientSecret"),
      trustEmail: fields.checked("trustEmail"),
    });
    return set.ok
      ? visit.redirect(visit.href(path), "provider-set")
      : settings(visit, { provider: { fields, errors: errorsOf(set.error) } });
  }),
  tenantPage("post", `${path}/provider/remove`, ["tenant.configure"], async (visit) => {
    valueOf(await removeSignInProvider(visit.dependencies, visit.access));
    return visit.redirect(visit.href(path), "provider-removed");
  }),
];

type Settings = TenantVisit<"tenant.read" | "tenant.configure">;

/** The forms that were sent and not taken. */
interface Sent {
  readonly naming?: FormState;
  readonly provider?: FormState;
}

async function settings(visit: Settings, sent: Sent = {}): Promise<View> {
  const { settings: said, tenants } = visit.texts;
  const { tenant } = visit;
  const shown = await showSignInProvider(visit.dependencies, visit.access);
  const entitlements = tenant.entitlements.map((name) => tenants.names[name]).join(", ");
  const naming = sent.naming ?? freshForm;
  return {
    title: said.title,
    status: sent.naming || sent.provider ? 422 : 200,
    content: (
      <>
        <section class="card">
          <Facts
            facts={[
              [said.tenantId, <code>{tenant.id}</code>],
              [said.created, <Time at={tenant.createdAt} />],
              [
                said.entitlements,
                <>
                  {entitlements || said.none} <small>{said.entitlementsHint}</small>
                </>,
              ],
            ]}
          />
        </section>
        <section class="card">
          <h2>{said.nameTitle}</h2>
          <Form action={visit.href(`${path}/name`)} state={naming} submit={said.save}>
            <TextField
              name="name"
              label={said.name}
              hint={said.nameHint}
              value={tenant.name}
              state={naming}
              maxlength={longestName}
              required
            />
          </Form>
        </section>
        <Provider
          visit={visit}
          provider={shown.ok ? shown.value : undefined}
          state={sent.provider ?? freshForm}
        />
      </>
    ),
  };
}

const Provider = ({
  visit,
  provider,
  state,
}: {
  visit: Settings;
  provider: ShownSignInProvider | undefined;
  state: FormState;
}) => {
  const said = visit.texts.settings;
  const { publicHttpsOrigin } = visit.dependencies;
  const action = visit.href(`${path}/provider`);
  return (
    <section class="card">
      <h2>{said.providerTitle}</h2>
      <p>{said.providerLead}</p>
      <h3>{said.redirectUri}</h3>
      <CopyValue
        value={callbackAddress(publicHttpsOrigin, visit.tenant.id)}
        label={said.redirectUri}
      />
      {provider ? (
        <>
          <h3>{said.signInAddress}</h3>
          <CopyValue
            value={`${publicHttpsOrigin}/portal/sign-in/start?tenant=${visit.tenant.id}`}
            label={said.signInAddress}
          />
          <Facts
            facts={[
              [said.issuer, provider.issuer],
              [said.clientId, provider.clientId],
              [said.trustEmail, provider.trustEmail ? said.yes : said.no],
              [said.created, <Time at={provider.createdAt} />],
            ]}
          />
          <p>
            <ConfirmButton
              id="provider"
              action={`${action}/remove`}
              label={said.remove}
              title={said.removeTitle}
              text={said.removeText}
            />
          </p>
        </>
      ) : (
        <p class="quiet">{said.providerNone}</p>
      )}
      <h3>{said.set}</h3>
      <Form action={action} state={state} submit={said.set}>
        <TextField
          name="issuer"
          type="url"
          label={said.issuer}
          hint={said.issuerHint}
          value={provider?.issuer ?? ""}
          state={state}
          maxlength={longestValue}
          required
        />
        <TextField
          name="clientId"
          label={said.clientId}
          value={provider?.clientId ?? ""}
          state={state}
          maxlength={200}
          required
        />
        <TextField
          name="clientSecret"
          type="password"
          label={said.clientSecret}
          hint={said.clientSecretHint}
          state={state}
          maxlength={longestValue}
          autocomplete="new-password"
          required
        />
        <CheckField
          name="trustEmail"
          label={said.trustEmail}
          hint={said.trustEmailHint}
          state={state}
          checked={provider?.trustEmail ?? false}
        />
      </Form>
    </section>
  );
};
