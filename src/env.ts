/**
 * The only reader of variables: what wrangler gives -> what the code needs, checked once. The Worker and the object both
 * call it. Throws one plain sentence for the operator.
 */

/** What wrangler gives. */
export interface Bindings {
  readonly DB: D1Database;
  readonly CACHE: KVNamespace;
  readonly CERTIFICATE_AUTHORITY: DurableObjectNamespace;
  readonly SOURCE_LIMIT: RateLimit;
  readonly CONFIGURATION_LIMIT: RateLimit;
  readonly CHALLENGE_FAILURE_LIMIT: RateLimit;
  readonly OCSP_LIMIT: RateLimit;
  /** `version:base64` of 32 octets each, separated by commas or white space; the first one wraps. */
  readonly MASTER_KEYS?: string;
  readonly BOOTSTRAP_OPERATOR_KEY?: string;
  readonly PUBLIC_HTTP_ORIGIN?: string;
  readonly PUBLIC_HTTPS_ORIGIN?: string;
  /** The deployment's identity provider (OpenID Connect): all three or none. */
  readonly OIDC_ISSUER?: string;
  readonly OIDC_CLIENT_ID?: string;
  readonly OIDC_CLIENT_SECRET?: string;
  /** `true`: its mail addresses count although it does not say `email_verified`. */
  readonly OIDC_TRUST_EMAIL?: string;
  /** Cloudflare Access in front of the portal, `team.cloudflareaccess.com` and the application's audience tag: both or none. */
  readonly ACCESS_TEAM_DOMAIN?: string;
  readonly ACCESS_AUDIENCE?: string;
  /** `development` is set by `npm start` and nowhere else. */
  readonly DEPLOYMENT?: string;
  /** Minutes, 0 to 60; 30 when absent. */
  readonly INTUNE_TOKEN_CACHE_MINUTES?: string;
  /** `cloudflare`, `smtp` or `mailbox` (development only); absent: no mail, but in development the mailbox. */
  readonly MAIL_TRANSPORT?: string;
  /** `scep@example.com` or `Edge SCEP <scep@example.com>`. */
  readonly MAIL_FROM?: string;
  readonly EMAIL?: SendEmail;
  readonly SMTP_HOST?: string;
  readonly SMTP_PORT?: string;
  /** `tls`, `starttls` (when absent) or, in development, `none`. */
  readonly SMTP_SECURITY?: string;
  readonly SMTP_USER?: string;
  readonly SMTP_PASSWORD?: string;
}

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly security: "tls" | "starttls" | "none";
  readonly user?: string;
  readonly password?: string;
}

export type MailSettings =
  | { readonly transport: "none" }
  | { readonly transport: "mailbox" }
  | { readonly transport: "cloudflare"; readonly from: string; readonly binding: SendEmail }
  | { readonly transport: "smtp"; readonly from: string; readonly smtp: SmtpSettings };

export interface MasterKey {
  /** 1 to 255; stored in front of each ciphertext. */
  readonly version: number;
  readonly octets: Uint8Array;
}

export interface OpenIdSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly trustEmail: boolean;
}

export interface AccessSettings {
  /** Without a scheme. */
  readonly teamDomain: string;
  readonly audience: string;
}

/** What the code needs. */
export interface Environment {
  readonly development: boolean;
  /** Newest first. */
  readonly masterKeys: readonly MasterKey[];
  /** Absent: the API opens for API keys only. */
  readonly bootstrapOperatorKey: string | undefined;
  /** Without a slash at the end. */
  readonly publicHttpOrigin: string;
  readonly publicHttpsOrigin: string;
  /** How long an Entra access token may be kept: so long a revoked client secret may still serve. */
  readonly intuneTokenSecondsAtMost: number;
  readonly mail: MailSettings;
  /** How people come into the portal; neither: by their tenant's own provider only. */
  readonly openId: OpenIdSettings | undefined;
  readonly access: AccessSettings | undefined;
}

export function readEnvironment(bindings: Bindings): Environment {
  const development = bindings.DEPLOYMENT === "development";
  return {
    development,
    masterKeys: readMasterKeys(bindings.MASTER_KEYS),
    bootstrapOperatorKey: readBootstrapKey(bindings.BOOTSTRAP_OPERATOR_KEY),
    publicHttpOrigin: readOrigin("PUBLIC_HTTP_ORIGIN", bindings.PUBLIC_HTTP_ORIGIN, ["http:"]),
    publicHttpsOrigin: readOrigin(
      "PUBLIC_HTTPS_ORIGIN",
      bindings.PUBLIC_HTTPS_ORIGIN,
      development ? ["https:", "http:"] : ["https:"],
    ),
    intuneTokenSecondsAtMost: 60 * readTokenCacheMinutes(bindings.INTUNE_TOKEN_CACHE_MINUTES),
    mail: readMail(bindings, development),
    openId: readOpenId(bindings, development),
    access: readAccess(bindings),
  };
}

function readTokenCacheMinutes(text: string | undefined): number {
  const minutes = text ? Number(text) : 30;
  if (!Number.isInteger(minutes) || minutes < 0 || minutes > 60)
    throw new Error("INTUNE_TOKEN_CACHE_MINUTES is not a whole number from 0 to 60.");
  return minutes;
}

function readMail(bindings: Bindings, development: boolean): MailSettings {
  const { MAIL_TRANSPORT: transport, EMAIL: binding } = bindings;
  switch (transport || (development ? "mailbox" : "none")) {
    case "none":
      return { transport: "none" };
    case "mailbox":
      if (!development)
        throw new Error(
          "MAIL_TRANSPORT is mailbox, which is for development; use cloudflare or smtp.",
        );
      return { transport: "mailbox" };
    case "cloudflare":
      if (!binding)
        throw new Error(
          "MAIL_TRANSPORT is cloudflare, but there is no [[send_email]] binding named EMAIL.",
        );
      return { transport: "cloudflare", from: readSender(bindings), binding };
    case "smtp":
      return {
        transport: "smtp",
        from: readSender(bindings),
        smtp: readSmtp(bindings, development),
      };
    default:
      throw new Error(`MAIL_TRANSPORT is "${transport}"; it can be cloudflare or smtp.`);
  }
}

function readSender({ MAIL_FROM: from = "" }: Bindings): string {
  const name = String.raw`[^<>@"\\\p{Cc}]*`;
  const address = String.raw`[\w.+=-]+@[\w-]+(?:\.[\w-]+)+`;
  if (!new RegExp(`^(?:${address}|${name}<${address}>)$`, "u").test(from))
    throw new Error(
      "MAIL_FROM is not set to an address such as scep@example.com or Edge SCEP <scep@example.com>.",
    );
  return from;
}

function readSmtp(bindings: Bindings, development: boolean): SmtpSettings {
  const { SMTP_HOST: host, SMTP_USER: user, SMTP_PASSWORD: password } = bindings;
  const security = bindings.SMTP_SECURITY || "starttls";
  if (security !== "tls" && security !== "starttls" && !(security === "none" && development))
    throw new Error(`SMTP_SECURITY is "${security}"; it can be tls or starttls.`);
  const port = Number(bindings.SMTP_PORT || (security === "tls" ? 465 : 587));
  if (!host) throw new Error("MAIL_TRANSPORT is smtp, but SMTP_HOST is not set.");
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new Error(`SMTP_PORT is "${bindings.SMTP_PORT}", which is no port number.`);
  if (!user !== !password)
    throw new Error("SMTP_USER and SMTP_PASSWORD go together; one is missing.");
  return { host, port, security, ...(user && password ? { user, password } : {}) };
}

function readMasterKeys(text: string | undefined): readonly MasterKey[] {
  const keys = (text ?? "")
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .map(readMasterKey);
  if (keys.length === 0)
    throw new Error(
      "MASTER_KEYS is not set: `wrangler secret put MASTER_KEYS` with 1:<base64 of 32 random octets>.",
    );
  if (new Set(keys.map((key) => key.version)).size < keys.length)
    throw new Error("MASTER_KEYS names one version twice.");
  return keys;
}

/** Never quotes the entry: it is a secret. */
function readMasterKey(entry: string): MasterKey {
  const match = /^(\d{1,3}):([A-Za-z0-9+/]{43}=)$/.exec(entry);
  const version = Number(match?.[1]);
  if (!match?.[2] || version < 1 || version > 255) {
    throw new Error(
      "MASTER_KEYS has an entry that is not <version 1 to 255>:<base64 of 32 octets>.",
    );
  }
  return {
    version,
    octets: Uint8Array.from(atob(match[2]), (character) => character.charCodeAt(0)),
  };
}

function readBootstrapKey(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (text.length < 32)
    throw new Error(
      "BOOTSTRAP_OPERATOR_KEY is shorter than 32 characters; make it random and longer.",
    );
  return text;
}

function readOpenId(
  {
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: clientId,
    OIDC_CLIENT_SECRET: clientSecret,
    OIDC_TRUST_EMAIL: trust = "",
  }: Bindings,
  development: boolean,
): OpenIdSettings | undefined {
  if (!issuer && !clientId && !clientSecret) return undefined;
  if (!issuer || !clientId || !clientSecret)
    throw new Error("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are set together or not.");
  const schemes = development ? ["https:", "http:"] : ["https:"];
  if (!URL.canParse(issuer) || !schemes.includes(new URL(issuer).protocol))
    throw new Error("OIDC_ISSUER is not an address such as https://login.example.com.");
  if (!["", "true", "false"].includes(trust))
    throw new Error(`OIDC_TRUST_EMAIL is "${trust}"; it can be true or false.`);
  return { issuer, clientId, clientSecret, trustEmail: trust === "true" };
}

/** Half of it must not mean that the portal opens without. */
function readAccess({
  ACCESS_TEAM_DOMAIN: teamDomain,
  ACCESS_AUDIENCE: audience,
}: Bindings): AccessSettings | undefined {
  if (!teamDomain && !audience) return undefined;
  if (!teamDomain || !audience)
    throw new Error("ACCESS_TEAM_DOMAIN and ACCESS_AUDIENCE are set together or not at all.");
  if (!/^[a-z0-9-]+\.cloudflareaccess\.com$/.test(teamDomain))
    throw new Error("ACCESS_TEAM_DOMAIN is not of the form team.cloudflareaccess.com.");
  return { teamDomain, audience };
}

function readOrigin(name: string, text: string | undefined, schemes: readonly string[]): string {
  if (!text || !URL.canParse(text))
    throw new Error(`${name} is not set to an address such as ${schemes[0]}//scep.example.com.`);
  const url = new URL(text);
  if (!schemes.includes(url.protocol) || url.origin !== text.replace(/\/$/, "")) {
    throw new Error(`${name} must be a bare origin that begins with ${schemes.join("// or ")}//.`);
  }
  return url.origin;
}
