/** Everything that is reachable over HTTP, and which of it is reachable over `http:`. */
import { Hono } from "hono";
import type { Environment } from "../env.ts";
import type { EventLog } from "../ports/event-log.ts";
import type { Health } from "../ports/health.ts";
import { createApi } from "./api/api.ts";
import type { ApiDependencies } from "./api/dependencies.ts";
import { isLocalDevelopment, isPlainHttp } from "./deployment.ts";
import { HttpError, nothingHere, plainText } from "./http-error.ts";
import { createPkiRoutes, type PkiDependencies } from "./pki-routes.ts";
import { createMailboxPages } from "./mailbox-page.tsx";
import type { PortalDependencies } from "./portal/dependencies.ts";
import { createPortal } from "./portal/portal.tsx";
import { createRedeemPages } from "./redeem-page.tsx";
import { noLimits, sourceOf } from "./scep-limits.ts";
import { createScepRoutes, type ScepDependencies } from "./scep-routes.ts";

export interface AppDependencies {
  readonly environment: Environment;
  readonly scep: ScepDependencies;
  readonly pki: PkiDependencies;
  readonly api: ApiDependencies;
  readonly portal: PortalDependencies;
  readonly health: Health;
  readonly log: EventLog;
}

export function createApp(dependencies: AppDependencies): Hono {
  const { environment, log, health } = dependencies;
  const app = new Hono();
  app.notFound(() => plainText(404, nothingHere().message));
  app.onError((error) => {
    log.fault(crypto.randomUUID(), error);
    return plainText(503, "The service cannot answer at the moment; try again in half a minute.", {
      "retry-after": "30",
    });
  });

  app.route("/", createScepRoutes(dependencies.scep));
  app.route("/", createPkiRoutes(dependencies.pki));

  // Appliances without TLS need SCEP, and who checks a TLS certificate cannot use TLS for it. People and scripts do not: for them plain HTTP does not exist.
  app.use(async (context, next) => {
    const url = new URL(context.req.url);
    if (isPlainHttp(url) && !isLocalDevelopment(url, environment))
      return plainText(404, nothingHere().message);
    const limits = isLocalDevelopment(url, environment) ? noLimits : dependencies.scep.limits;
    const started = performance.now();
    try {
      await limits.checkSource(sourceOf(context.req.raw));
    } catch (error) {
      if (error instanceof HttpError) return plainText(error.status, error.message, error.headers);
      throw error;
    }
    await next();
    log.write({
      event: "http",
      method: context.req.method,
      // The secret of a one-time link is part of its path.
      path: url.pathname.replace(/^\/redeem\/.+/, "/redeem/…").slice(0, 200),
      status: context.res.status,
      milliseconds: { total: Math.round(performance.now() - started) },
    });
    return undefined;
  });
  // The host alone is what a person types who has heard of the service. A device that was given no more is not led to a page.
  app.get("/", (context) =>
    context.req.query("operation") === undefined
      ? context.redirect("/portal", 302)
      : context.notFound(),
  );
  app.get("/health", async (context) => {
    const bindings = await health.check();
    const healthy = Object.values(bindings).every((state) => state === "ok");
    return context.json({ status: healthy ? "ok" : "failing", bindings }, healthy ? 200 : 503, {
      "cache-control": "no-store",
    });
  });
  app.route("/api/v1", createApi(dependencies.api));
  app.route("/redeem", createRedeemPages(dependencies.api));
  app.route("/mailbox", createMailboxPages(dependencies.api, environment));
  app.route("/portal", createPortal(dependencies.portal));
  return app;
}
