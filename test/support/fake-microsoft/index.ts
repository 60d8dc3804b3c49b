/**
 * A fake of Microsoft's cloud: login, Graph and Intune's two services, as strict as the real ones are known to be. One
 * core over Request and Response, for suites in workerd and for the server that `npm start` runs.
 */
import { createHash } from "node:crypto";
import { readCertificate } from "../scep-client/certificates.ts";
import { type ChallengeContent, challengeMinutes, writeChallenge } from "./challenge.ts";
import { FakeRefusal, graphError, json, serviceError } from "./fail.ts";
import { answerEndpoints, endpointsPath, pkiAddress, scepAddress } from "./graph.ts";
import {
  ConnectionLost,
  type FakeHop,
  type Forced,
  inject,
  type Injection,
  Queue,
} from "./injections.ts";
import { answerToken, type FakeToken } from "./login.ts";
import { answerDownload, answerUpload } from "./pki-service.ts";
import { checkedBody, decide, scepAnswer, type ScepAction } from "./scep-service.ts";
import { FakeTenant, type FakeTenantPlan } from "./tenants.ts";

export { endpoint, pkiAddress, scepAddress } from "./graph.ts";
export type { FakeHop, Injection } from "./injections.ts";
export { FakeTenant } from "./tenants.ts";

export interface LoggedCall {
  readonly hop: FakeHop | "other";
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Absent: the answer was withheld. */
  status?: number;
}

export interface FakeOptions {
  /** Microsoft's public cloud, unless the fake is reached at addresses of its own. */
  readonly loginOrigin?: string;
  readonly graphOrigin?: string;
  readonly serviceOrigin?: string;
  readonly now?: () => Date;
  readonly newGuid?: () => string;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const scepHops: Readonly<Record<ScepAction, FakeHop>> = {
  validateRequest: "validate",
  successNotification: "success",
  failureNotification: "failure",
};

export class FakeMicrosoft {
  readonly tenants: FakeTenant[] = [];
  readonly log: LoggedCall[] = [];
  /** What a lawful server never does. A test that ends with one has failed. */
  readonly violations: string[] = [];
  /** Calls to addresses that are none of ours, with what came along. */
  readonly strangers: LoggedCall[] = [];
  readonly #injections = new Queue<Injection>();
  readonly #forced = new Queue<Forced>();
  readonly #tokens = new Map<string, FakeToken>();
  readonly #usedAssertions = new Set<string>();
  readonly #activityIds = new Set<string>();
  readonly loginOrigin: string;
  readonly graphOrigin: string;
  serviceOrigin: string;
  now: () => Date;
  readonly #newGuid: () => string;
  #answers = 0;

  constructor(options: FakeOptions = {}) {
    this.loginOrigin = options.loginOrigin ?? "https://login.microsoftonline.com";
    this.graphOrigin = options.graphOrigin ?? "https://graph.microsoft.com";
    this.serviceOrigin = options.serviceOrigin ?? "https://fef.msub05.manage.microsoft.com";
    this.now = options.now ?? (() => new Date());
    this.#newGuid = options.newGuid ?? (() => crypto.randomUUID());
  }

  tenant(plan: FakeTenantPlan = {}): FakeTenant {
    const tenant = new FakeTenant(plan);
    this.tenants.push(tenant);
    return tenant;
  }

  /** A challenge that Intune would deliver to a device of this tenant with a profile for these names. */
  challenge(tenant: FakeTenant, wishes: Partial<ChallengeContent> = {}): string {
    const created = this.now().getTime();
    return writeChallenge({
      ...{ id: this.#newGuid(), tenant: tenant.directoryId, device: this.#newGuid() },
      ...{ user: this.#newGuid(), profile: "profile", created },
      expires: created + challengeMinutes * 60_000,
      ...{ subject: [], san: [], keyUsage: [], extendedKeyUsage: [], keyBits: 2048 },
      ...wishes,
    });
  }

  inject(injection: Injection): void {
    this.#injections.add(injection);
  }

  force(forced: Forced): void {
    this.#forced.add(forced);
  }

  /** Whatever goes wrong by order; what has been learnt stays. */
  calm(): void {
    this.#injections.clear();
    this.#forced.clear();
  }

  count(hop: FakeHop): number {
    return this.log.filter((call) => call.hop === hop).length;
  }

  /** Ends every token, as a revoked session does. */
  endTokens(): void {
    this.#tokens.clear();
  }

  /** Intune wants a certificate gone that it was told about; fields given take the place of what was told. */
  revoke(tenant: FakeTenant, changes: Readonly<Record<string, unknown>> = {}): number {
    const told = [...tenant.transactions.values()].flatMap(({ issued }) =>
      issued ? [issued] : [],
    );
    const last = told.at(-1) ?? {};
    tenant.revocations.push({
      item: {
        requestContext: this.#newGuid(),
        serialNumber: String(last["certificateSerialNumber"]).toLowerCase(),
        issuerName: last["issuingCertificateAuthority"] ?? null,
        caConfiguration: last["caConfiguration"] ?? null,
        ...changes,
      },
    });
    return tenant.revocations.length;
  }

  /** Rule of I10: whoever holds a certificate, its success notification was accepted before. Empty: all is well. */
  unlawful(tenant: FakeTenant, certificateDer: Uint8Array): string[] {
    const certificate = readCertificate(certificateDer);
    const thumbprint = createHash("sha1").update(certificateDer).digest("hex").toUpperCase();
    const told = [...tenant.transactions.values()].flatMap(({ issued }) =>
      issued ? [issued] : [],
    );
    const ours = told.filter((one) => one["certificateThumbprint"] === thumbprint);
    const [one] = ours;
    if (!one || ours.length > 1)
      return [`${ours.length} accepted notifications of this certificate`];
    const isSame =
      String(one["certificateSerialNumber"]).replace(/^0+/, "") ===
        certificate.serialNumberHex.toUpperCase().replace(/^0+/, "") &&
      one["certificateExpirationDateUtc"] === certificate.notAfter.toISOString();
    return isSame ? [] : ["the notification tells another serial number or expiry"];
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const body = new TextDecoder().decode(await request.arrayBuffer());
    const url = new URL(request.url);
    const call: LoggedCall = {
      hop: this.#hopOf(url, body),
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body,
    };
    if (![this.loginOrigin, this.graphOrigin, this.serviceOrigin].includes(url.origin)) {
      this.strangers.push(call);
      throw new ConnectionLost(`no such host: ${url.host}`);
    }
    this.log.push(call);
    const injection = this.#injections.take(({ hop }) => hop === call.hop);
    const injected = injection && (await inject(injection));
    const response = injected ?? (await this.#answer(request, url, call));
    if (injection?.kind === "lost") throw new ConnectionLost("the answer was lost");
    call.status = response.status;
    return response;
  };

  #hopOf(url: URL, body: string): LoggedCall["hop"] {
    if (url.pathname.endsWith("/oauth2/v2.0/token")) {
      const scope = new URLSearchParams(body).get("scope") ?? "";
      return this.#graphOrigins().some((origin) => scope.startsWith(origin))
        ? "login-graph"
        : "login-intune";
    }
    if (url.pathname.startsWith("/v1.0/")) return "graph";
    const [action = ""] = /[^/]+$/.exec(url.pathname) ?? [];
    if (action in scepHops) return scepHops[action as ScepAction];
    if (action === "downloadRevocationRequests") return "download";
    return action === "uploadRevocationResults" ? "upload" : "other";
  }

  /** A fake on an address of its own answers for Graph's usual name too. */
  #graphOrigins(): string[] {
    return [this.graphOrigin, "https://graph.microsoft.com"];
  }

  async #answer(request: Request, url: URL, call: LoggedCall): Promise<Response> {
    try {
      return await this.#route(request, url, call);
    } catch (error) {
      if (error instanceof FakeRefusal) return error.response();
      throw error;
    }
  }

  async #route(request: Request, url: URL, call: LoggedCall): Promise<Response> {
    const { pathname } = url;
    if (/^\/[^/]+\/oauth2\/token$/.test(pathname)) {
      this.violations.push("the retired v1 token endpoint was called");
      throw serviceError(400, "The v1 endpoint is not used");
    }
    const [, directory] = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(pathname) ?? [];
    if (directory !== undefined && url.origin === this.loginOrigin) {
      this.#expectMethod(request, "POST");
      const state = {
        ...{ tenants: this.tenants, tokens: this.#tokens, usedAssertions: this.#usedAssertions },
        ...{ loginOrigin: this.loginOrigin, graphOrigins: this.#graphOrigins() },
        intuneResource: "https://api.manage.microsoft.com/",
        ...{ now: this.now, newGuid: this.#newGuid },
      };
      return await answerToken(state, request, directory, call.body);
    }
    if (endpointsPath.test(pathname) && url.origin === this.graphOrigin) {
      this.#expectMethod(request, "GET");
      return answerEndpoints(this.#token(request), url, this.serviceOrigin);
    }
    if (url.origin === this.serviceOrigin) return this.#service(request, url, call);
    throw graphError(404, "ResourceNotFound", "There is no such resource.");
  }

  #service(request: Request, url: URL, { hop, body }: LoggedCall): Response {
    const tenant = this.tenants.find((one) =>
      [scepAddress, pkiAddress].some((address) =>
        url.href.startsWith(`${address(one, this.serviceOrigin)}/`),
      ),
    );
    if (!tenant) throw serviceError(404, "There is no such service");
    this.#expectMethod(request, "POST");
    this.#checkHeaders(request, url, hop);
    const token = this.#token(request);
    if (token && token.tenant !== tenant)
      this.violations.push("a token of one tenant at the service of another");
    if (token?.audience !== "intune" || token.tenant !== tenant)
      throw serviceError(401, "The token is not for this service");
    if (!token.roles.includes("scep_challenge_provider"))
      throw serviceError(403, "The application lacks the role");
    const address = hop === "download" || hop === "upload" ? pkiAddress : scepAddress;
    const path = url.href.slice(address(tenant, this.serviceOrigin).length);
    if (hop === "download" && path === "/CertificateAuthorityRequests/downloadRevocationRequests")
      return this.#forcedAnswer(hop) ?? answerDownload(tenant, body, this.now());
    if (hop === "upload" && path === "/CertificateAuthorityRequests/uploadRevocationResults")
      return this.#forcedAnswer(hop) ?? answerUpload(tenant, body);
    const action = (Object.keys(scepHops) as ScepAction[]).find(
      (one) => path === `/ScepActions/${one}`,
    );
    if (!action) throw serviceError(404, "There is no such action");
    const inner = checkedBody(action, body);
    const forced = this.#forcedAnswer(scepHops[action], String(inner["transactionId"]));
    if (forced) return forced;
    const code = decide(tenant, action, inner, {
      violation: (what) => void this.violations.push(what),
      now: this.now,
    });
    return scepAnswer(code, scepAddress(tenant, this.serviceOrigin), this.#answers++);
  }

  #forcedAnswer(hop: FakeHop, transactionId?: string): Response | undefined {
    const forced = this.#forced.take(
      (one) =>
        one.hop === hop && (one.transactionId === undefined || one.transactionId === transactionId),
    );
    return forced && json(forced.answer);
  }

  #expectMethod(request: Request, method: string): void {
    if (request.method !== method) throw serviceError(405, `Only ${method}`);
  }

  #checkHeaders(request: Request, url: URL, hop: LoggedCall["hop"]): void {
    const version = hop === "download" || hop === "upload" ? "5019-05-05" : "2018-02-20";
    const header = (name: string) => request.headers.get(name) ?? "";
    if (header("api-version") !== version) throw serviceError(400, "api-version");
    if (!/^application\/json(; *charset=utf-8)?$/i.test(header("content-type")))
      throw serviceError(400, "content-type");
    if (url.search !== "") throw serviceError(400, "a query string");
    const activityId = header("client-request-id");
    if (!guid.test(activityId) || this.#activityIds.has(activityId))
      throw serviceError(400, "client-request-id: a GUID, new for each call");
    this.#activityIds.add(activityId);
  }

  #token(request: Request): FakeToken | undefined {
    const [, value = ""] = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
    const token = this.#tokens.get(value);
    return token && token.expiresAt > this.now().getTime() ? token : undefined;
  }
}
