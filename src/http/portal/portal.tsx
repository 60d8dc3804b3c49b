/** The portal, mounted at /portal: what every request passes through, the pages, and what becomes of refusals. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { html } from "hono/html";
import { isTenantPermission, rolesWith } from "../../administration/permissions.ts";
import type { Refusal } from "../../administration/refusal.ts";
import { listTenants } from "../../administration/tenants.ts";
import { serveAssets } from "./assets/assets.ts";
import type { PortalDependencies } from "./dependencies.ts";
import { BarePage, Layout } from "./layout.tsx";
import { formRoutes, pageAbove } from "./page-above.ts";
import type { PortalRoute, View } from "./route.ts";
import { portalRoutes } from "./routes.ts";
import { identify } from "./sign-in/identity.ts";
import { serveSignIn } from "./sign-in/sign-in-pages.tsx";
import { texts } from "./texts/texts.ts";
import { RefusedVisit, Visit } from "./visit.ts";

const largestForm = 64 * 1024;
const switchableTenants = 8;

export function createPortal(dependencies: PortalDependencies): Hono {
  const portal = new Hono();
  portal.onError((error, context) => {
    dependencies.reportFault(error);
    return bare(context, texts.common.problems.faultTitle, texts.common.problems.fault, 500);
  });
  portal.use(secureHeaders, refuseOtherSites);
  portal.use(
    bodyLimit({
      maxSize: largestForm,
      onError: (context) =>
        bare(context, texts.common.problems.refusedTitle, texts.common.problems.tooLarge, 413),
    }),
  );
  serveAssets(portal);
  serveSignIn(portal, dependencies);
  for (const route of portalRoutes) {
    portal.on(route.method, route.path, (context) => serve(context, route, dependencies));
  }
  // The address that a browser shows after a refused form: Enter there, or a bookmark, is no mistake of the person.
  for (const route of formRoutes) {
    portal.get(route.path, async (context) => {
      if (!(await identify(context, dependencies))) return toSignIn(context, route);
      return context.redirect(pageAbove(route, new URL(context.req.url).pathname), 303);
    });
  }
  portal.all("*", async (context) =>
    (await identify(context, dependencies))
      ? bare(context, texts.common.problems.notFoundTitle, texts.common.problems.notFound, 404)
      : toSignIn(context),
  );
  return portal;
}

async function serve(
  context: Context,
  route: PortalRoute,
  dependencies: PortalDependencies,
): Promise<Response> {
  const signedIn = await identify(context, dependencies);
  if (!signedIn) return toSignIn(context, route);
  const first = new Visit(dependencies, context, signedIn);
  try {
    const { reply, visit } = await route.serve(first);
    return reply instanceof Response ? reply : await render(visit, reply);
  } catch (error) {
    if (error instanceof RefusedVisit) return render(error.visit ?? first, refusalView(error));
    throw error;
  }
}

async function render(visit: Visit, view: View): Promise<Response> {
  const { items } = await listTenants(visit.dependencies, visit.actor, {
    limit: switchableTenants,
  });
  const page = <Layout visit={visit} view={view} choices={items} />;
  return visit.context.html(html`<!doctype html>${page}`, view.status ?? 200);
}

/** What was wanted is shown after the sign-in; a form that was sent is lost, so the page to fill it in again. */
function toSignIn(context: Context, route?: PortalRoute): Response {
  const { pathname, search } = new URL(context.req.url);
  const reads = context.req.method === "GET";
  const page = route ? pageAbove(route, pathname) : reads ? pathname : "/portal";
  const wanted = reads && page === pathname ? page + search : page;
  // htmx would put the sign-in page into a part of this one.
  if (context.req.header("hx-request") !== undefined)
    return context.body(null, 401, { "hx-redirect": "/portal/sign-in" });
  return context.redirect(`/portal/sign-in?return=${encodeURIComponent(wanted)}`, 303);
}

/** Roles are what people have; permissions are for the API. */
function refusalText(refusal: Refusal): string {
  const { problems, roles } = texts.common;
  if (refusal.reason !== "forbidden" || refusal.lacking === undefined) return refusal.detail;
  const able = isTenantPermission(refusal.lacking) ? rolesWith(refusal.lacking) : [];
  return able.length === 0
    ? problems.operatorsOnly
    : problems.roleNeeded(able.map((role) => roles[role]).join(", "));
}

function refusalView({ refusal }: RefusedVisit): View {
  const { problems } = texts.common;
  const missesRole = refusal.reason === "forbidden" && refusal.lacking !== undefined;
  const [title, status] = {
    not_found: [problems.notFoundTitle, 404],
    forbidden: [missesRole ? problems.forbiddenTitle : problems.refusedTitle, 403],
    conflict: [problems.refusedTitle, 409],
    invalid: [problems.refusedTitle, 422],
  }[refusal.reason] as [string, NonNullable<View["status"]>];
  return {
    title,
    status,
    content: (
      <>
        <p class="problem" role="alert">
          {refusalText(refusal)}
        </p>
        {refusal.reason === "not_found" && <p>{problems.notFound}</p>}
        <p>
          <a href="/portal">{problems.home}</a>
        </p>
      </>
    ),
  };
}

const bare = (context: Context, title: string, sentence: string, status: 403 | 404 | 413 | 500) =>
  context.html(
    html`<!doctype html>${(
        <BarePage title={title} texts={texts}>
          <p>{sentence}</p>
          <p>
            <a href="/portal">{texts.common.problems.home}</a>
          </p>
        </BarePage>
      )}`,
    status,
  );

/** Nothing inline, nothing from elsewhere, nobody's frame (threat 48). */
const secureHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  const { headers } = context.res;
  headers.set(
    "content-security-policy",
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  headers.set("referrer-policy", "same-origin");
  headers.set("x-content-type-options", "nosniff");
  headers.set("x-frame-options", "DENY");
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-resource-policy", "same-origin");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
};

/**
 * Threat 47. A browser always says where a POST comes from, by Origin or Sec-Fetch-Site; who says neither is refused.
 * A form's content type is required, so that no other kind of request is read as one.
 */
const refuseOtherSites: MiddlewareHandler = async (context, next) => {
  const { method } = context.req;
  if (method === "GET" || method === "HEAD") return next();
  const origin = context.req.header("origin");
  const own =
    origin === undefined
      ? context.req.header("sec-fetch-site") === "same-origin"
      : origin === new URL(context.req.url).origin;
  const isForm = /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i.test(
    context.req.header("content-type") ?? "",
  );
  const { problems } = texts.common;
  if (!own || !isForm) return bare(context, problems.crossSiteTitle, problems.crossSite, 403);
  return next();
};
