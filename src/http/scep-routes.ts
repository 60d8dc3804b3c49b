/** The addresses that devices speak SCEP with: tenant and configuration by path, operation by query, one event each. */
import { type Context, Hono } from "hono";
import type { FetchCounter } from "../enrolment/certificate-fetches.ts";
import type { PkiOperationDependencies } from "../enrolment/dependencies.ts";
import type { AfterAnswer } from "../enrolment/operation.ts";
import { handlePkiOperation } from "../enrolment/pki-operation.ts";
import type {
  ServedConfiguration,
  ServedConfigurations,
} from "../enrolment/served-configuration.ts";
import type { Environment } from "../env.ts";
import type { EventLog } from "../ports/event-log.ts";
import type { TransactionLog } from "../ports/transaction-log.ts";
import type { ScepConfigurationKind } from "../ports/scep-configuration-store.ts";
import { caCapabilities } from "../scep/ca-capabilities.ts";
import { clientKind } from "./client-kind.ts";
import { isLocalDevelopment, isPlainHttp } from "./deployment.ts";
import { HttpError, nothingHere, plainText } from "./http-error.ts";
import { noLimits, type ScepLimits, sourceOf } from "./scep-limits.ts";
import { readScepRequest } from "./scep-request.ts";
import { transactionEvent } from "./transaction-event.ts";

export interface ScepDependencies extends PkiOperationDependencies {
  readonly environment: Environment;
  readonly configurations: ServedConfigurations;
  readonly limits: ScepLimits;
  readonly transactions: TransactionLog;
  readonly fetches: FetchCounter;
}

export const scepKinds: readonly ScepConfigurationKind[] = ["simple", "intune"];

/** Windows and Cisco add a file name, FortiGate a slash: whatever follows `/scep` is the same place. Never a redirect. */
export function createScepRoutes(dependencies: ScepDependencies): Hono {
  const routes = new Hono();
  for (const kind of scepKinds) {
    for (const path of [
      `/${kind}/:tenant/:configuration/scep`,
      `/${kind}/:tenant/:configuration/scep/*`,
    ]) {
      routes.all(path, (context) => answer(context, kind, dependencies));
    }
  }
  return routes;
}

type Event = { event: "scep"; [field: string]: unknown };

/** What is one request's own. */
interface OneRequest {
  readonly event: Event;
  readonly afterAnswer: AfterAnswer;
}

async function answer(
  context: Context,
  kind: ScepConfigurationKind,
  dependencies: ScepDependencies,
): Promise<Response> {
  const started = performance.now();
  const request = context.req.raw;
  const { tenant: spelling = "", configuration = "" } = context.req.param();
  // Administrators paste a GUID in capitals. From here on there is one spelling, for caches, limits and log alike.
  const tenant = spelling.toLowerCase();
  const event: Event = {
    event: "scep",
    requestId: crypto.randomUUID(),
    tenant: tenant.slice(0, 64),
    configuration: configuration.slice(0, 64),
    kind,
    method: request.method,
    client: clientKind(request.headers.get("user-agent")),
  };
  const { log } = dependencies;
  const afterAnswer: AfterAnswer = (work) =>
    context.executionCtx.waitUntil(
      work.catch((error: unknown) => log.fault(String(event["requestId"]), error)),
    );
  const response = await operate(request, kind, tenant, configuration, dependencies, {
    event,
    afterAnswer,
  }).catch((error: unknown) => failure(error, event, log));
  const milliseconds = {
    ...(event["milliseconds"] as object),
    total: Math.round((performance.now() - started) * 100) / 100,
  };
  const lost = dependencies.transactions.takeLost();
  log.write({
    ...event,
    status: response.status,
    milliseconds,
    ...(lost > 0 && { transactionEventsLost: lost }),
  });
  return response;
}

async function operate(
  request: Request,
  kind: ScepConfigurationKind,
  tenant: string,
  name: string,
  dependencies: ScepDependencies,
  { event, afterAnswer }: OneRequest,
): Promise<Response> {
  const url = new URL(request.url);
  const local = isLocalDevelopment(url, dependencies.environment);
  const limits = local ? noLimits : dependencies.limits;
  const source = sourceOf(request);
  await limits.checkSource(source);
  const scepRequest = await readScepRequest(request);
  event["operation"] = scepRequest.operation;
  event["outcome"] = "answered";
  if (tenant === "0" && name === "0" && scepRequest.operation === "GetCACaps")
    return bytes("text/plain", connectivityTest);

  const served = await dependencies.configurations.find(kind, tenant, name);
  if (!served || (isPlainHttp(url) && !local && !served.configuration.wire.plainHttp))
    throw nothingHere();
  switch (scepRequest.operation) {
    case "GetCACaps":
      return bytes("text/plain", served.capabilities);
    case "GetCACert":
      dependencies.fetches.fetched(served, "GetCACert", afterAnswer);
      return bytes(served.caCertificates.contentType, served.caCertificates.body);
    case "GetNextCACert":
      if (!served.nextCaCertificates) {
        throw new HttpError(404, "No next CA certificate is announced.");
      }
      dependencies.fetches.fetched(served, "GetNextCACert", afterAnswer);
      return bytes("application/x-x509-next-ca-cert", served.nextCaCertificates);
    case "PKIOperation": {
      const { message } = scepRequest;
      await limits.checkConfiguration(source, served.configuration.id);
      const again = async (): Promise<ServedConfiguration | undefined> => {
        dependencies.configurations.forget(served.configuration.id);
        return await dependencies.configurations.find(kind, tenant, name);
      };
      const answered = await carryOut(message, served, again, dependencies, { event, afterAnswer });
      if (event["reason"] === "challenge_invalid")
        await limits.challengeFailed(source, served.configuration.id);
      return answered;
    }
  }
}

/** What any configuration serves at least: `/simple/0/0/scep?operation=getcacaps` is a test of the way, not of a tenant. */
const connectivityTest = caCapabilities({
  contentEncryption: ["AES-128-CBC", "AES-192-CBC", "AES-256-CBC"],
  digests: ["SHA-256", "SHA-384", "SHA-512"],
});

async function carryOut(
  message: Uint8Array,
  served: ServedConfiguration,
  again: () => Promise<ServedConfiguration | undefined>,
  dependencies: ScepDependencies,
  { event, afterAnswer }: OneRequest,
): Promise<Response> {
  let answered = await handlePkiOperation(dependencies, served, message, afterAnswer);
  if (answered.ok && answered.value.report.reason === "authority_succeeded") {
    // The copy of the configuration is from before the CA was followed by another.
    const moved = await again();
    if (moved) answered = await handlePkiOperation(dependencies, moved, message, afterAnswer);
  }
  if (!answered.ok) {
    event["reason"] = answered.error.detail;
    throw new HttpError(400, "This is not a SCEP pkiMessage (RFC 8894, section 3).");
  }
  const { certRep, report, fault } = answered.value;
  const { log, clock, transactions } = dependencies;
  if (fault !== undefined) log.fault(String(event["requestId"]), fault);
  transactions.record(
    transactionEvent(answered.value, served.configuration, event, clock.now()),
    afterAnswer,
  );
  Object.assign(event, report);
  return certRep
    ? bytes("application/x-pki-message", certRep)
    : notNow(report.retryAfterSeconds ?? defaultRetrySeconds);
}

/** Exact content types and a length: clients compare the one and read by the other. */
const bytes = (contentType: string, body: Uint8Array | string): Response =>
  new Response(body, { headers: { "content-type": contentType, "cache-control": "no-store" } });

function failure(error: unknown, event: Event, log: EventLog): Response {
  event["outcome"] = "refused";
  if (error instanceof HttpError) {
    event["detail"] = error.message;
    return plainText(error.status, error.message, error.headers);
  }
  event["outcome"] = "error";
  log.fault(String(event["requestId"]), error);
  return notNow(defaultRetrySeconds);
}

const defaultRetrySeconds = 30;

const notNow = (seconds: number): Response =>
  plainText(503, `The service cannot answer at the moment; try again in ${seconds} seconds.`, {
    "retry-after": String(seconds),
  });
