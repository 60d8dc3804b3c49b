/** What Microsoft knows of its customers: directories, app registrations, what was granted to them, and devices. */

export interface FakeSecret {
  readonly value: string;
  readonly expiresAt?: Date;
}

export interface FakeApp {
  readonly clientId: string;
  secrets: FakeSecret[];
  /** DER of the certificates uploaded to the app registration. */
  certificates: Uint8Array[];
  /** Application permissions with admin consent. */
  graphRoles: string[];
  intuneRoles: string[];
}

/** One line of the answer of Graph; fields may be missing or null. */
export type FakeEndpoint = Readonly<Record<string, unknown>>;

/** What became of a transaction. */
export interface FakeTransaction {
  readonly transactionId: string;
  readonly certificateRequest: string;
  validated: boolean;
  /** The body of the success notification that was accepted. */
  issued?: Readonly<Record<string, unknown>>;
  failed?: Readonly<Record<string, unknown>>;
}

export interface FakeRevocation {
  readonly item: Readonly<Record<string, unknown>>;
  acknowledged?: { readonly succeeded: boolean; readonly errorCode: string };
}

export interface FakeTenantPlan {
  readonly directoryId?: string;
  readonly domain?: string;
  readonly clientId?: string;
  readonly secret?: string;
}

export class FakeTenant {
  readonly directoryId: string;
  readonly domain: string;
  readonly app: FakeApp;
  /** Part of this tenant's service addresses: a token of another tenant has no business there. */
  readonly unit: string;
  hasIntune = true;
  /** `tid` of its tokens; its own unless something is very wrong. */
  directoryInTokens: string | undefined;
  /** Seconds; Entra varies them. */
  tokenSeconds = 3599;
  /** The resource with one slash is accepted as well. */
  acceptsSingleSlash = false;
  /** Instead of the usual list. */
  endpoints: FakeEndpoint[] | undefined;
  /** More pages of the list, after the first. */
  morePages: FakeEndpoint[][] = [];
  /** The whole answer of Graph, instead of a list. */
  graphAnswer: unknown;
  targetedProfiles = new Set(["profile"]);
  /** Whether an identical success notification is answered with Success again: the real behaviour is unknown. */
  acceptsRepeatedNotification = true;
  readonly transactions = new Map<string, FakeTransaction>();
  readonly revocations: FakeRevocation[] = [];
  lastDownloadAt: number | undefined;
  /** What the upload is answered with, as `value`; absent: the field is missing. */
  uploadAnswer: { readonly value?: unknown } = { value: true };

  constructor(plan: FakeTenantPlan = {}) {
    this.directoryId = plan.directoryId ?? crypto.randomUUID();
    this.domain = plan.domain ?? `t${this.directoryId.slice(0, 8)}.onmicrosoft.test`;
    this.unit = this.directoryId.slice(0, 8);
    const secret = plan.secret ?? `s~${crypto.randomUUID()}`;
    this.app = {
      clientId: plan.clientId ?? crypto.randomUUID(),
      secrets: [{ value: secret }],
      certificates: [],
      graphRoles: ["ServicePrincipalEndpoint.Read.All"],
      intuneRoles: ["scep_challenge_provider"],
    };
  }

  get secret(): string {
    return this.app.secrets[0]?.value ?? "";
  }

  /** What a connection to this tenant is made of. */
  get credentials() {
    return {
      directoryId: this.directoryId,
      clientId: this.app.clientId,
      clientSecret: this.secret,
    };
  }
}
