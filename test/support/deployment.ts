/**
 * A tenant with CAs, configurations and tokens, made through the REST API of the Worker under test, as an
 * administrator would make them. For the suites that run in workerd.
 */
import { exports } from "cloudflare:workers";
import { operatorKey } from "./operator-key.ts";
import { type Fetch, ScepClient } from "./scep-client/index.ts";

export const origin = "https://scep.example.test";

export interface SubjectAlternativeName {
  readonly type: "dns" | "email" | "ip" | "upn" | "uri";
  readonly value: string;
}

let sources = 0;

/** The Worker's own fetch. Every request comes from another address, so that no test spends another's rate limit. */
export const fetchWorker: Fetch = (request) => {
  sources++;
  return fetchFrom(`10.${(sources >> 16) & 255}.${(sources >> 8) & 255}.${sources & 255}`)(request);
};

/** The Worker's fetch for one client address, where limits per source are what is tested. */
export const fetchFrom =
  (address: string): Fetch =>
  (request) => {
    const headers = new Headers(request.headers);
    headers.set("cf-connecting-ip", address);
    return exports.default.fetch(new Request(request, { headers, redirect: "manual" }));
  };

type Json = Readonly<Record<string, unknown>>;

export class Api {
  readonly #key: string;
  readonly base: string;

  constructor(key: string, base = `${origin}/api/v1/`) {
    this.#key = key;
    this.base = base;
  }

  get key(): string {
    return this.#key;
  }

  async request(method: string, path: string, body?: Json): Promise<Response> {
    const headers = new Headers({ authorization: `Bearer ${this.#key}` });
    if (body !== undefined) headers.set("content-type", "application/json");
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return await fetchWorker(new Request(this.base + path, init));
  }

  async #json<Answer>(method: string, path: string, body?: Json): Promise<Answer> {
    const response = await this.request(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.#json<Answer>("GET", path);
  }
  post<Answer>(path: string, body: Json = {}): Promise<Answer> {
    return this.#json<Answer>("POST", path, body);
  }
  patch<Answer>(path: string, body: Json): Promise<Answer> {
    return this.#json<Answer>("PATCH", path, body);
  }
  put<Answer>(path: string, body: Json): Promise<Answer> {
    return this.#json<Answer>("PUT", path, body);
  }
}

export const operatorApi = async (): Promise<Api> => new Api(await operatorKey());

export interface TokenWishes {
  readonly subject?: string;
  readonly subjectAlternativeNames?: readonly SubjectAlternativeName[];
  readonly maxUses?: number;
  readonly expiresAt?: string;
}

export interface Challenge {
  readonly challenge: string;
  readonly tokenId: string;
  readonly redeemUrl: string;
}

export interface ConfigurationWishes {
  readonly kind?: "simple" | "intune";
  readonly preset?: string;
  readonly template?: Json;
  readonly enabled?: boolean;
  readonly plainHttp?: boolean;
  readonly authority?: string;
  readonly [other: string]: unknown;
}

export interface CertificateItem {
  readonly serialNumber: string;
  readonly subject: string;
  readonly status: string;
}

/** The app registration of a fake Microsoft cloud; without them nobody's. */
export interface IntuneConnectionWishes {
  readonly name?: string;
  readonly directoryId?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly [other: string]: unknown;
}

export class Tenant {
  readonly #connections = new Set<string>();
  readonly id: string;
  readonly api: Api;

  constructor(id: string, api: Api) {
    this.id = id;
    this.api = api;
  }

  path(resource: string): string {
    return `tenants/${this.id}/${resource}`;
  }

  url(configuration: string, { scheme = "https", kind = "simple" } = {}): string {
    return `${scheme}://scep.example.test/${kind}/${this.id}/${configuration}/scep`;
  }

  client(configuration: string, options?: { scheme?: string; kind?: string }): ScepClient {
    return new ScepClient(fetchWorker, this.url(configuration, options));
  }

  async authority(name: string, keyAlgorithm = "RSA-2048", parent?: string): Promise<string> {
    const { id } = await this.api.post<{ id: string }>(this.path("certificate-authorities"), {
      name,
      subject: `CN=${name},O=Demo`,
      keyAlgorithm,
      ...(parent === undefined ? {} : { parent }),
    });
    return id;
  }

  /** Makes template, configuration and agent; enables it unless told otherwise. */
  async configuration(name: string, wishes: ConfigurationWishes = {}): Promise<ScepClient> {
    const {
      kind = "simple",
      template = {},
      enabled = true,
      plainHttp = true,
      authority = "Devices CA",
      ...more
    } = wishes;
    await this.api.post(this.path("certificate-templates"), {
      name: `for ${name}`,
      validityDays: 90,
      ...template,
    });
    const intuneConnection = kind === "intune" ? await this.intuneConnection() : undefined;
    await this.api.post(this.path("scep-configurations"), {
      ...{ name, kind, certificateAuthority: authority, certificateTemplate: `for ${name}` },
      ...{ allowPlainHttp: plainHttp, ...(intuneConnection && { intuneConnection }), ...more },
    });
    await this.api.post(this.path(`scep-configurations/${name}/enrolment-agent`));
    if (enabled) await this.enable(name, true);
    return this.client(name, { kind });
  }

  /** An app registration in Microsoft's public cloud, one for each tenant; returns its name. */
  async intuneConnection(wishes: IntuneConnectionWishes = {}): Promise<string> {
    const name = wishes.name ?? "microsoft";
    if (this.#connections.has(name)) return name;
    this.#connections.add(name);
    await this.api.post(this.path("intune-connections"), {
      ...{ name, cloud: "public", clientSecret: "a-secret-of-nobody" },
      ...{ directoryId: crypto.randomUUID(), clientId: crypto.randomUUID(), ...wishes },
    });
    return name;
  }

  async enable(name: string, enabled: boolean): Promise<void> {
    await this.api.patch(this.path(`scep-configurations/${name}`), { enabled });
  }

  /** A token: asked for, approved, and fetched from its one-time page. */
  async token(configuration: string, wishes: TokenWishes = {}): Promise<Challenge> {
    const { id } = await this.api.post<{ id: string }>(this.path("token-requests"), {
      configuration,
      subject: wishes.subject ?? "O=Demo",
      subjectAlternativeNames: wishes.subjectAlternativeNames ?? [
        { type: "dns", value: "*.demo.test" },
      ],
      contactEmail: "device@example.test",
      ...(wishes.maxUses === undefined ? {} : { maxUses: wishes.maxUses }),
      ...(wishes.expiresAt === undefined ? {} : { expiresAt: wishes.expiresAt }),
    });
    const approved = await this.api.post<{ tokenId: string; redeemUrl: string }>(
      this.path(`token-requests/${id}/approve`),
    );
    const page = await fetchWorker(new Request(approved.redeemUrl, { method: "POST" }));
    const challenge = /data-challenge="([^"]+)"/.exec(await page.text())?.[1];
    if (challenge === undefined)
      throw new Error(`the redeem page showed no challenge (${page.status})`);
    return { challenge, ...approved };
  }

  async revoke(serialNumber: string, reason: string): Promise<void> {
    await this.api.post(this.path(`certificates/${serialNumber}/revoke`), { reason });
  }

  /** All certificates in the inventory whose subject contains the text. */
  async certificates(search: string): Promise<CertificateItem[]> {
    const items: CertificateItem[] = [];
    let cursor = "";
    do {
      const query = `certificates?search=${encodeURIComponent(search)}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const page = await this.api.get<{ items: CertificateItem[]; nextCursor?: string | null }>(
        this.path(query),
      );
      items.push(...page.items);
      cursor = page.nextCursor ?? "";
    } while (cursor !== "");
    return items;
  }
}

/** A new tenant with a root and "Devices CA" below it. */
export async function createTenant(name: string): Promise<Tenant> {
  const api = await operatorApi();
  // Suites share a database; each has a tenant of that name for itself.
  const unique = `${name} ${crypto.randomUUID().slice(0, 8)}`;
  const { id } = await api.post<{ id: string }>("tenants", { name: unique });
  const tenant = new Tenant(id, api);
  const root = await tenant.authority(`${name} Root`);
  await tenant.authority("Devices CA", "RSA-2048", root);
  return tenant;
}
