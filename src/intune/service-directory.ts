/** Where Intune's services are, as Microsoft Graph lists them (`servicePrincipals/…/endpoints`). Never built by us. */
import { err, ok, type Result } from "../result.ts";
import type { IntuneFailure } from "../ports/intune-service.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { sendAuthorised } from "./authorised-call.ts";
import type { IntuneDependencies } from "./dependencies.ts";
import { errorText, type HttpAnswer, isUnauthorised } from "./http-answer.ts";
import { asObject, jsonObject, property } from "./lenient-json.ts";
import { misconfigured } from "./remedies.ts";
import { type CacheName, SealedCache } from "./sealed-cache.ts";
import { usableAddress } from "./service-address.ts";
import { isFailure, type Session } from "./session.ts";

export type Service = "scep" | "pki";

const providerNames: Readonly<Record<Service, string>> = {
  scep: "sceprequestvalidationfeservice",
  pki: "pkiconnectorfeservice",
};
/** The service principal "Microsoft Intune", in every directory that has Intune. */
const intuneAppId = "0000000a-0000-0000-c000-000000000000";

const lifetimeSeconds = 3600;
/** What is missing may appear: consent and activation take effect by themselves. */
const missingSeconds = 60;
const pagesAtMost = 10;
/** How long an address that failed comes after its duplicates. */
const doubtSeconds = 300;
const entriesAtMost = 5000;

/** Duplicates of a service occur, dead ones among them. */
type Addresses = Readonly<Record<Service, readonly string[]>>;

interface LastKnown {
  readonly addresses: Addresses;
  /** Until then Graph is not asked again. */
  readonly servesUntil: number;
}

export class ServiceDirectory {
  readonly #cache: SealedCache<Addresses>;
  readonly #missing = new Map<
    string,
    { readonly failure: IntuneFailure; readonly until: number }
  >();
  readonly #doubtedAt = new Map<string, number>();
  /** What Graph said last, for the time in which Graph says nothing. */
  readonly #lastKnown = new Map<string, LastKnown>();
  readonly #dependencies: IntuneDependencies;
  readonly #tokens: AccessTokens;

  constructor(dependencies: IntuneDependencies, tokens: AccessTokens) {
    this.#cache = new SealedCache(dependencies, isAddresses);
    this.#dependencies = dependencies;
    this.#tokens = tokens;
  }

  async find(session: Session, service: Service): Promise<Result<string, IntuneFailure>> {
    const name = nameOf(session);
    const remembered = this.#choose(session, service, await this.#cache.remembered(name));
    if (remembered !== undefined) return ok(remembered);
    const missing = this.#missing.get(missingKey(session, service));
    if (missing && this.#now() < missing.until) return err(missing.failure);
    const lastKnown = this.#lastKnown.get(lastKnownKey(session));
    if (lastKnown && this.#now() < lastKnown.servesUntil) {
      const known = this.#choose(session, service, lastKnown.addresses);
      if (known !== undefined) return ok(known);
    }
    if (!(await this.#cache.mayAsk(name, session.remainingMilliseconds))) {
      const found = this.#choose(session, service, await this.#cache.remembered(name));
      if (found !== undefined) return ok(found);
    }
    try {
      const cached = await this.#cache.find(name);
      const stored = this.#choose(session, service, cached);
      if (cached === undefined || stored === undefined)
        return await this.#discoverOrKnow(session, service);
      this.#know(session, cached);
      return ok(stored);
    } finally {
      await this.#cache.asked(name);
    }
  }

  /** While Graph is in trouble, an address that is old or in doubt is better than none: it may be good again. */
  async #discoverOrKnow(
    session: Session,
    service: Service,
  ): Promise<Result<string, IntuneFailure>> {
    const found = await this.discover(session, service);
    if (found.ok || found.error.kind !== "trouble") return found;
    const lastKnown = this.#lastKnown.get(lastKnownKey(session));
    const known = this.#choose(session, service, lastKnown?.addresses);
    if (!lastKnown || known === undefined) return found;
    // Nor is Graph asked for each request: its time-outs would use up theirs.
    const servesUntil = this.#now() + 1000 * found.error.retryAfterSeconds;
    this.#lastKnown.set(lastKnownKey(session), { ...lastKnown, servesUntil });
    return ok(known);
  }

  #know(session: Session, addresses: Addresses): void {
    if (this.#lastKnown.size >= entriesAtMost) this.#lastKnown.clear();
    this.#lastKnown.set(lastKnownKey(session), { addresses, servesUntil: 0 });
  }

  /** Asks Graph, past every cache; what comes is kept. */
  async discover(session: Session, service: Service): Promise<Result<string, IntuneFailure>> {
    const listed = await this.#list(session);
    if (!listed.ok) return this.#remember(session, service, listed);
    const ofProvider = (wanted: Service) =>
      listed.value.filter(({ provider }) => provider === providerNames[wanted]);
    const usable = (wanted: Service) => [
      ...new Set(ofProvider(wanted).flatMap(({ uri }) => this.#usable(session, uri) ?? [])),
    ];
    const addresses = { scep: usable("scep"), pki: usable("pki") };
    this.#lastKnown.delete(lastKnownKey(session));
    if (addresses.scep.length + addresses.pki.length > 0) {
      await this.#cache.keep(nameOf(session), addresses, lifetimeSeconds);
      this.#know(session, addresses);
    }
    const found = this.#choose(session, service, addresses);
    if (found !== undefined) {
      this.#missing.delete(missingKey(session, service));
      return ok(found);
    }
    const count = ofProvider(service).length;
    const failure =
      count > 0
        ? misconfigured(
            session.connection,
            "discovery",
            "service_address_refused",
            `Microsoft Graph lists ${count} address(es) for the service, none of them https on a host of this cloud.`,
          )
        : misconfigured(
            session.connection,
            "discovery",
            "provider_missing",
            `Microsoft Graph lists ${listed.value.length} services of Intune, and the one that is needed is not among them.`,
          );
    return this.#remember(session, service, err(failure));
  }

  /** The address gave trouble: the next look-up asks Graph, and prefers another one where there are several. */
  async doubt(session: Session, address: string): Promise<void> {
    if (this.#doubtedAt.size >= entriesAtMost) this.#doubtedAt.clear();
    this.#doubtedAt.set(address, this.#now());
    await this.#cache.drop(nameOf(session));
  }

  #now(): number {
    return this.#dependencies.clock.now().getTime();
  }

  #usable({ connection }: Session, uri: unknown): string | undefined {
    return usableAddress(uri, connection.cloud, this.#dependencies.development);
  }

  /** What comes from a cache is checked again: the connection may have changed. */
  #choose(
    session: Session,
    service: Service,
    addresses: Addresses | undefined,
  ): string | undefined {
    const usable = (addresses?.[service] ?? []).filter((one) => this.#usable(session, one));
    const doubtedAt = (one: string) => {
      const at = this.#doubtedAt.get(one) ?? 0;
      return this.#now() - at < 1000 * doubtSeconds ? at : 0;
    };
    return usable.toSorted((one, other) => doubtedAt(one) - doubtedAt(other))[0];
  }

  #remember(
    session: Session,
    service: Service,
    result: Result<never, IntuneFailure>,
  ): Result<never, IntuneFailure> {
    const isLasting =
      !result.ok &&
      result.error.kind === "misconfigured" &&
      ["provider_missing", "intune_not_activated", "service_address_refused"].includes(
        result.error.problem,
      );
    if (isLasting) {
      if (this.#missing.size >= entriesAtMost) this.#missing.clear();
      const until = this.#now() + 1000 * missingSeconds;
      this.#missing.set(missingKey(session, service), { failure: result.error, until });
    }
    return result;
  }

  async #list(session: Session): Promise<Result<readonly Listed[], IntuneFailure>> {
    const { graphOrigin } = session.connection.cloud;
    const listed: Listed[] = [];
    let url: string | undefined =
      `${graphOrigin}/v1.0/servicePrincipals/appId=${intuneAppId}/endpoints`;
    for (let page = 0; url !== undefined && page < pagesAtMost; page++) {
      const call = { url, method: "GET", headers: { accept: "application/json" } } as const;
      const answer = await session.twice(() =>
        sendAuthorised(session, this.#tokens, "graph", "discovery", call),
      );
      if (isFailure(answer)) return err(answer);
      const refusal = refusalOf(session, answer);
      if (refusal) return err(refusal);
      const object = answer.kind === "answer" ? jsonObject(answer.body) : undefined;
      const items = object && property(object, "value");
      if (!object || !Array.isArray(items)) {
        const detail = "Microsoft Graph answered with something that is no list";
        return err(session.trouble("discovery", { kind: "no-answer", detail }));
      }
      listed.push(...items.flatMap(readListed));
      url = nextPage(object["@odata.nextLink"], graphOrigin);
    }
    return ok(listed);
  }
}

interface Listed {
  readonly provider: string;
  readonly uri: unknown;
}

function readListed(item: unknown): Listed[] {
  const object = asObject(item);
  const provider = object && property(object, "providerName");
  return typeof provider === "string"
    ? [{ provider: provider.toLowerCase(), uri: property(object ?? {}, "uri") }]
    : [];
}

/** The token goes to Graph's own host and nowhere else. */
const nextPage = (link: unknown, graphOrigin: string): string | undefined =>
  typeof link === "string" && link.startsWith(`${graphOrigin}/`) ? link : undefined;

function refusalOf(session: Session, answer: HttpAnswer): IntuneFailure | undefined {
  if (answer.kind === "answer" && answer.status >= 200 && answer.status < 300) return undefined;
  const refuse = (problem: "graph_forbidden" | "intune_not_activated") =>
    misconfigured(
      session.connection,
      "discovery",
      problem,
      answer.kind === "answer"
        ? `HTTP ${answer.status}: ${errorText(answer.body, session.secrets.clean)}`
        : "",
    );
  if (isUnauthorised(answer)) return refuse("graph_forbidden");
  if (answer.kind === "answer" && answer.status === 404) return refuse("intune_not_activated");
  return session.trouble("discovery", answer);
}

const nameOf = ({ connection }: Session): CacheName => {
  const { tenantId, cloud, directoryId, clientId } = connection;
  const parts = [cloud.loginOrigin, cloud.graphOrigin, directoryId, clientId];
  return { tenantId, kind: "intune-service-addresses", parts };
};

/** A connection may be given another directory, whose addresses are others. */
const lastKnownKey = (session: Session): string => {
  const { tenantId, parts } = nameOf(session);
  return JSON.stringify([tenantId, ...parts]);
};

const missingKey = ({ connection }: Session, service: Service): string =>
  `${connection.id} ${service}`;

function isAddresses(value: unknown): value is Addresses {
  const object = asObject(value);
  const isList = (list: unknown) =>
    Array.isArray(list) && list.every((one) => typeof one === "string");
  return object !== undefined && isList(object["scep"]) && isList(object["pki"]);
}
