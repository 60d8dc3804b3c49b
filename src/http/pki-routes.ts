/**
 * `/pki/{ca}/`: what everybody may read, over http and https alike. A CA's id is all that decides: no host, no query, no
 * cookie, no tenant. An id that is unknown and a CA that has no certificate look the same.
 */
import { type Context, Hono } from "hono";
import { toHex } from "../pki/bytes.ts";
import { sha256 } from "../pki/digest.ts";
import type { Environment } from "../env.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventLog } from "../ports/event-log.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import type { KnownAuthorities, KnownAuthority } from "../publication/known-authorities.ts";
import { agedAtMostSeconds, type OcspAnswers } from "../publication/ocsp-answers.ts";
import { chainAsPem, chainAsPkcs7 } from "../publication/published-chain.ts";
import { crlMaximumAgeSeconds, type PublishedCrls } from "../publication/published-crls.ts";
import { isLocalDevelopment } from "./deployment.ts";
import { HttpError, nothingHere, plainText } from "./http-error.ts";
import { keptResponse } from "./kept-response.ts";
import { readOcspHttpRequest } from "./pki-ocsp-request.ts";
import { pkiPage } from "./pki-page.tsx";
import { noLimits, type ScepLimits, sourceOf } from "./scep-limits.ts";

export interface PkiDependencies {
  readonly environment: Environment;
  readonly knownAuthorities: KnownAuthorities;
  readonly ocspAnswers: OcspAnswers;
  readonly publishedCrls: PublishedCrls;
  readonly limits: ScepLimits;
  /** Counts, by CA, the OCSP answers that must be made: many sources together could otherwise keep a CA from issuing. */
  readonly newAnswers: RateLimiter;
  readonly clock: Clock;
  readonly log: EventLog;
}

type Event = { event: "pki"; [field: string]: unknown };

const certificateSeconds = 3600;
const chainSeconds = 300;

export function createPkiRoutes(dependencies: PkiDependencies): Hono {
  const routes = new Hono();
  routes.all("/pki/*", (context) => answer(context, dependencies));
  return routes;
}

async function answer(context: Context, dependencies: PkiDependencies): Promise<Response> {
  const started = performance.now();
  const request = context.req.raw;
  const event: Event = { event: "pki", requestId: crypto.randomUUID(), method: request.method };
  const response = await serve(context, dependencies, event).catch((error: unknown) => {
    if (error instanceof HttpError) return plainText(error.status, error.message, error.headers);
    dependencies.log.fault(String(event["requestId"]), error);
    return plainText(503, "The service cannot answer at the moment; try again in half a minute.", {
      "retry-after": "30",
    });
  });
  const total = Math.round((performance.now() - started) * 100) / 100;
  dependencies.log.write({ ...event, status: response.status, milliseconds: { total } });
  return response;
}

/** `/pki/{ca}/{file}` as it was sent, escapes and all: base64 has slashes of its own. */
const shapeOfPath = /^\/pki\/([^/]+)(?:\/([^/]*)(.*))?$/;

async function serve(
  context: Context,
  dependencies: PkiDependencies,
  event: Event,
): Promise<Response> {
  const request = context.req.raw;
  const url = new URL(request.url);
  const { limits, environment, knownAuthorities } = dependencies;
  await (isLocalDevelopment(url, environment) ? noLimits : limits).checkSource(sourceOf(request));
  const [, id = "", file = "", rest = ""] = shapeOfPath.exec(url.pathname) ?? [];
  event["authority"] = id.slice(0, 64);
  event["operation"] = file.slice(0, 64);
  const authority = await knownAuthorities.find(id);
  if (!authority) throw nothingHere();
  if (file === "ocsp") {
    allowOnly(request, "GET, HEAD, POST");
    return await ocsp(context, authority, rest, dependencies, event);
  }
  const published = await find(authority, file, rest, request, dependencies);
  if (!published) throw nothingHere();
  return published;
}

function allowOnly(request: Request, allow: string): void {
  if (!allow.split(", ").includes(request.method))
    throw new HttpError(405, `This is asked for with ${allow}.`, { allow });
}

async function find(
  authority: KnownAuthority,
  file: string,
  rest: string,
  request: Request,
  { publishedCrls, clock }: PkiDependencies,
): Promise<Response | undefined> {
  const now = clock.now();
  const lastModified = authority.certificate.notBefore;
  const kept = async (body: Uint8Array, contentType: string, maxAgeSeconds: number) => {
    allowOnly(request, "GET, HEAD");
    const etag = toHex(await sha256(body));
    return keptResponse(request, body, { contentType, etag, lastModified, now, maxAgeSeconds });
  };
  switch (file + rest) {
    case "":
      allowOnly(request, "GET, HEAD");
      return await pkiPage(authority, chainSeconds);
    case "ca.cer":
      return await kept(authority.certificate.der, "application/pkix-cert", certificateSeconds);
    case "chain.p7c":
      return await kept(
        chainAsPkcs7(authority),
        "application/pkcs7-mime; smime-type=certs-only",
        chainSeconds,
      );
    case "chain.pem":
      return await kept(chainAsPem(authority), "application/pem-certificate-chain", chainSeconds);
    case "crl": {
      allowOnly(request, "GET, HEAD");
      const crl = await publishedCrls.find(authority);
      if (!crl)
        throw new HttpError(503, "There is no current CRL; try again in half a minute.", {
          "retry-after": "30",
        });
      return keptResponse(request, crl.der, {
        contentType: "application/pkix-crl",
        etag: `crl-${crl.number}`,
        lastModified: crl.thisUpdate,
        now,
        maxAgeSeconds: Math.max(
          0,
          Math.min(
            crlMaximumAgeSeconds,
            Math.floor((crl.nextUpdate.getTime() - now.getTime()) / 1000),
          ),
        ),
      });
    }
    default: {
      const [, number] = /^chain\/(\d)\.cer$/.exec(file + rest) ?? [];
      const certificate = number === undefined ? undefined : authority.chain[Number(number)];
      return certificate && (await kept(certificate.der, "application/pkix-cert", chainSeconds));
    }
  }
}

async function ocsp(
  context: Context,
  authority: KnownAuthority,
  rest: string,
  { ocspAnswers, newAnswers, environment, clock }: PkiDependencies,
  event: Event,
): Promise<Response> {
  const request = context.req.raw;
  const unlimited = isLocalDevelopment(new URL(request.url), environment);
  const requestDer = await readOcspHttpRequest(request, rest);
  const { der, keep, report } = await ocspAnswers.answer(
    authority,
    requestDer ?? new Uint8Array(0),
    (work) => context.executionCtx.waitUntil(work),
    async () => unlimited || (await newAnswers.allows(authority.id)),
  );
  Object.assign(event, report);
  const contentType = "application/ocsp-response";
  if (!keep) {
    const headers = {
      "content-type": contentType,
      "cache-control": "no-store",
      ...(report.outcome === "tryLater" && { "retry-after": "30" }),
    };
    return new Response(der, { headers });
  }
  const now = clock.now();
  const age = Math.floor(now.getTime() / 1000) - keep.thisUpdateSeconds;
  return keptResponse(request, der, {
    contentType,
    etag: keep.etag,
    lastModified: new Date(keep.thisUpdateSeconds * 1000),
    now,
    // What a cache in between adds counts as ours.
    maxAgeSeconds: Math.max(0, agedAtMostSeconds - age),
  });
}
