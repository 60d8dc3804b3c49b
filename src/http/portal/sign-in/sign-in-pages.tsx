/** `/portal/sign-in` and what belongs to it: the only pages of the portal that open without a session. */
import type { Context, Hono } from "hono";
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { findSignInProvider } from "../../../administration/sign-in-providers.ts";
import { isLocalDevelopment } from "../../deployment.ts";
import type { PortalDependencies } from "../dependencies.ts";
import { readForm } from "../fields.ts";
import { BarePage } from "../layout.tsx";
import { texts } from "../texts/texts.ts";
import { DevelopmentPeople, developmentPerson } from "./development.tsx";
import { signIn, signOut } from "./identity.ts";
import {
  callbackAddress,
  createOpenIdConnect,
  type OpenIdProvider,
  type SignInFailure,
  type StartedSignIn,
} from "./openid-connect.ts";
import { readSealedCookie, removeSealedCookie, writeSealedCookie } from "./sealed-cookie.ts";

const said = texts.signIn;
const minutesAtProvider = 10;

/** These open without a session; the test's matrix knows them by this list. */
export const openPaths = [
  "GET /sign-in",
  "GET /sign-in/start",
  "GET /sign-in/callback/:tenant?",
  "POST /sign-in/development",
  "POST /sign-out",
] as const;

export function serveSignIn(portal: Hono, dependencies: PortalDependencies): void {
  const { environment, accessVerifier, publicHttpsOrigin } = dependencies;
  const openIdConnect = createOpenIdConnect(environment.development);
  const redirectUriOf = ({ tenantId }: OpenIdProvider) =>
    callbackAddress(publicHttpsOrigin, tenantId);

  portal.get("/sign-in", async (context) => {
    const local = isLocalDevelopment(new URL(context.req.url), environment);
    const returnTo = safeReturn(context.req.query("return"));
    if (accessVerifier) return show(context, said.accessTitle, <p>{said.access}</p>, 401);
    const tenantId = context.req.query("tenant")?.trim();
    if (tenantId) {
      const provider = await providerOf(tenantId);
      return provider
        ? show(context, said.title, <Continue provider={provider} returnTo={returnTo} />)
        : failed(context, said.unknownTenant);
    }
    return show(
      context,
      said.title,
      <>
        {environment.openId && (
          <p>
            <a class="button primary" href={startHref(returnTo)}>
              {said.withProvider}
            </a>
          </p>
        )}
        {!environment.openId && !local && (
          <>
            <p>
              <strong>{said.unset}</strong>
            </p>
            <p>{said.unsetHint}</p>
          </>
        )}
        {local && <DevelopmentPeople dependencies={dependencies} returnTo={returnTo} />}
        <TenantProvider returnTo={returnTo} />
      </>,
    );
  });

  portal.post("/sign-in/development", async (context) => {
    const person = await developmentPerson(context, dependencies);
    if (!person) return context.notFound();
    await signIn(context, dependencies, person);
    return context.redirect(safeReturn((await readForm(context)).get("return")), 303);
  });

  portal.get("/sign-in/start", async (context) => {
    const provider = await providerOf(context.req.query("tenant")?.trim() || undefined);
    if (!provider) return failed(context, said.unknownTenant);
    try {
      const returnTo = safeReturn(context.req.query("return"));
      const { url, started } = await openIdConnect.start(
        provider,
        redirectUriOf(provider),
        returnTo,
      );
      const seconds = minutesAtProvider * 60;
      await writeSealedCookie(context, dependencies, "sign-in", started, seconds);
      return context.redirect(url.href, 303);
    } catch (error) {
      dependencies.reportFault(error);
      return failed(context, said.providerUnreachable);
    }
  });

  portal.get("/sign-in/callback/:tenant?", async (context) => {
    const started = await readSealedCookie<StartedSignIn>(context, dependencies, "sign-in");
    removeSealedCookie(context, dependencies, "sign-in");
    if (!started || Date.now() - started.startedAt > minutesAtProvider * 60_000)
      return failed(context, said.tooLate);
    // The answer of another provider than the one that was asked goes to nobody.
    if (context.req.param("tenant") !== started.tenantId)
      return failed(context, said.answerRefused);
    const provider = await providerOf(started.tenantId);
    if (!provider) return failed(context, said.unknownTenant);
    const callback = new URL(context.req.url);
    const outcome = await openIdConnect.finish(
      provider,
      redirectUriOf(provider),
      callback,
      started,
    );
    if ("reason" in outcome) return failed(context, sentenceOf(outcome));
    await signIn(context, dependencies, outcome);
    return context.redirect(started.returnTo, 303);
  });

  portal.post("/sign-out", async (context) => {
    await signOut(context, dependencies);
    return context.redirect(accessVerifier ? "/cdn-cgi/access/logout" : "/portal/sign-in", 303);
  });

  async function providerOf(tenantId: string | undefined): Promise<OpenIdProvider | undefined> {
    return tenantId === undefined ? environment.openId : findSignInProvider(dependencies, tenantId);
  }

  function sentenceOf(failure: SignInFailure): string {
    switch (failure.reason) {
      case "unreachable":
        return said.providerUnreachable;
      case "refused":
        return `${said.providerRefused} ${failure.detail.slice(0, 300)}`;
      case "no_mail":
        return said.noMail;
      case "invalid":
        dependencies.reportFault(failure.error);
        return said.answerRefused;
    }
  }
}

const startHref = (returnTo: string) =>
  `/portal/sign-in/start?return=${encodeURIComponent(returnTo)}`;

/** A link, because the policy lets no form end at another site. */
const Continue = ({ provider, returnTo }: { provider: OpenIdProvider; returnTo: string }) => (
  <p>
    <a
      class="button primary"
      href={`${startHref(returnTo)}&tenant=${encodeURIComponent(provider.tenantId ?? "")}`}
    >
      {said.continueAt(new URL(provider.issuer).host)}
    </a>
  </p>
);

const TenantProvider = ({ returnTo }: { returnTo: string }) => (
  <details>
    <summary>{said.tenantProvider}</summary>
    <form class="fields" method="get" action="/portal/sign-in">
      <input type="hidden" name="return" value={returnTo} />
      <div class="field">
        <label for="tenant">{said.tenantId}</label>
        <span class="hint" id="tenant-hint">
          {said.tenantProviderHint}
        </span>
        <input id="tenant" name="tenant" required maxlength={64} aria-describedby="tenant-hint" />
      </div>
      <div>
        <button type="submit">{said.continue}</button>
      </div>
    </form>
  </details>
);

const failed = (context: Context, sentence: string) =>
  show(
    context,
    said.failedTitle,
    <>
      <p class="problem" role="alert">
        {sentence}
      </p>
      <p>
        <a class="button" href="/portal/sign-in">
          {said.again}
        </a>
      </p>
    </>,
    401,
  );

const show = (context: Context, title: string, content: Child, status: 200 | 401 = 200) =>
  context.html(
    html`<!doctype html>${(
        <BarePage title={title} texts={texts}>
          {content}
        </BarePage>
      )}`,
    status,
  );

/** Only to pages of the portal: an address that is somebody else's must not be reached through ours. */
export function safeReturn(wanted: string | null | undefined): string {
  const start = "/portal";
  if (!wanted) return start;
  const base = "https://portal.invalid";
  if (!URL.canParse(wanted, base)) return start;
  const url = new URL(wanted, base);
  const inside =
    url.origin === base && (url.pathname === start || url.pathname.startsWith(`${start}/`));
  return inside ? url.pathname + url.search : start;
}
