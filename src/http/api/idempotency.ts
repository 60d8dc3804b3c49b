/**
 * `Idempotency-Key` on POST: the same key with the same request gives the answer of the first time.
 * Answers are recorded without what is shown only once, so a repeated answer lacks it; the caller knows then that
 * the thing exists and can be revoked.
 */
import { sha256 } from "../../pki/digest.ts";
import type { MiddlewareHandler } from "hono";
import type { IdempotencyClaim } from "../../ports/idempotency-store.ts";
import type { ApiDependencies, ApiEnvironment } from "./dependencies.ts";
import { ApiProblem } from "./problem.ts";

/** Fields of answers that hold a secret: an API key, a one-time link, the secret of a webhook. */
const shownOnce: ReadonlySet<string> = new Set(["key", "redeemUrl", "secret"]);

export const idempotency =
  ({ idempotency: store, clock }: ApiDependencies): MiddlewareHandler<ApiEnvironment> =>
  async (context, next) => {
    const key = context.req.header("idempotency-key");
    if (key === undefined || context.req.method !== "POST") return next();
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw new ApiProblem(400, "An Idempotency-Key has 1 to 255 visible ASCII characters.");
    }
    const request = `POST ${context.req.path}\n${await context.req.text()}`;
    const claim: IdempotencyClaim = {
      actorId: context.get("actor").id,
      key,
      requestHash: await sha256(new TextEncoder().encode(request)),
      at: clock.now(),
    };
    const outcome = await store.claim(claim);
    switch (outcome.state) {
      case "other-request":
        throw new ApiProblem(422, "This Idempotency-Key was used for another request.");
      case "in-progress":
        throw new ApiProblem(409, "The request with this Idempotency-Key is being worked on.", {
          headers: { "retry-after": "1" },
        });
      case "answered":
        return new Response(outcome.answer.body, {
          status: outcome.answer.status,
          headers: { "content-type": "application/json", "idempotency-replayed": "true" },
        });
      case "claimed":
        break;
    }
    await next();
    if (context.error || !context.res.ok) return store.release(claim);
    const body = JSON.stringify(await context.res.clone().json(), (name, value: unknown) =>
      shownOnce.has(name) ? undefined : value,
    );
    await store.recordAnswer(claim, { status: context.res.status, body });
  };
