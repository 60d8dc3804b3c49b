/** Access tokens, kept while they are good: one for Microsoft Graph, one for Intune, never one for both. */
import { fromBase64 } from "../pki/bytes.ts";
import { err, ok, type Result } from "../result.ts";
import type { IntuneCredential } from "../ports/intune-connection.ts";
import type { IntuneFailure, IntuneProblem } from "../ports/intune-service.ts";
import type { IntuneDependencies } from "./dependencies.ts";
import { jsonObject } from "./lenient-json.ts";
import { misconfigured } from "./remedies.ts";
import { type CacheName, SealedCache } from "./sealed-cache.ts";
import type { Session } from "./session.ts";
import { type AccessToken, requestToken } from "./token-request.ts";

export type Audience = "graph" | "intune";

const publicGraphScope = "https://graph.microsoft.com/.default";

/** A token is not used in its last five minutes: clocks differ, and the request may take its time. */
const marginSeconds = 300;

/** With another credential Entra may decide otherwise; with anything else it will not. */
const problemsOfOneCredential: ReadonlySet<IntuneProblem> = new Set<IntuneProblem>([
  "secret_expired",
  "secret_wrong",
  "certificate_unknown",
  "credential_unreadable",
]);

export class AccessTokens {
  readonly #cache: SealedCache<string>;

  constructor(dependencies: IntuneDependencies) {
    this.#cache = new SealedCache(dependencies, (value) => typeof value === "string");
  }

  /** From the isolate, from KV, or minted. */
  async find(session: Session, audience: Audience): Promise<Result<string, IntuneFailure>> {
    const names = namesOf(session, audience);
    for (const name of names) {
      const token = await this.#cache.remembered(name);
      if (token !== undefined) return ok(token);
    }
    const [first] = names;
    if (!first || !(await this.#cache.mayAsk(first, session.remainingMilliseconds)))
      return await this.#again(session, audience);
    try {
      for (const name of names) {
        const token = await this.#cache.find(name);
        if (token !== undefined) return ok(token);
      }
      return await this.mint(session, audience);
    } finally {
      await this.#cache.asked(first);
    }
  }

  /** Another request of this isolate minted one meanwhile; its failure would be ours as well. */
  async #again(session: Session, audience: Audience): Promise<Result<string, IntuneFailure>> {
    for (const name of namesOf(session, audience)) {
      const token = await this.#cache.remembered(name);
      if (token !== undefined) return ok(token);
    }
    return await this.mint(session, audience);
  }

  /** After a 401 or 403: one that is not `rejected`, whatever KV says. */
  async renew(
    session: Session,
    audience: Audience,
    rejected: string,
  ): Promise<Result<string, IntuneFailure>> {
    await this.drop(session, audience, rejected);
    return await this.find(session, audience);
  }

  /** A token minted before consent has no roles for its whole life: it must not be found again. */
  async drop(session: Session, audience: Audience, rejected: string): Promise<void> {
    for (const name of namesOf(session, audience)) {
      const token = await this.#cache.remembered(name);
      if (token === undefined || token === rejected) await this.#cache.drop(name);
    }
  }

  /** Afresh, past every cache; what comes is kept. */
  async mint(session: Session, audience: Audience): Promise<Result<string, IntuneFailure>> {
    let failure = noCredential(session, audience);
    for (const credential of session.connection.credentials) {
      const token = await this.#mintWith(session, audience, credential);
      if (token.ok) return token;
      failure = token.error;
      if (!isOfOneCredential(failure)) break;
    }
    return err(failure);
  }

  /** As `mint`, with each credential: during a rotation one may be refused, and nobody notices while another serves. */
  async mintWithEach(session: Session, audience: Audience): Promise<readonly MintedWith[]> {
    const minted: MintedWith[] = [];
    for (const credential of session.connection.credentials) {
      const token = await this.#mintWith(session, audience, credential);
      minted.push({ credential, token });
      if (!token.ok && !isOfOneCredential(token.error)) break;
    }
    return minted;
  }

  async #mintWith(
    session: Session,
    audience: Audience,
    credential: IntuneCredential,
  ): Promise<Result<string, IntuneFailure>> {
    const token = await this.#request(session, audience, credential);
    return token.ok ? await this.#keep(session, audience, credential, token.value) : token;
  }

  /** A custom cloud is a fake, and fakes differ in what they call Graph: by their own address, or by its public name. */
  async #request(
    session: Session,
    audience: Audience,
    credential: IntuneCredential,
  ): Promise<Result<AccessToken, IntuneFailure>> {
    const hop = `${audience}-token` as const;
    const token = await requestToken(session, hop, credential, scopeOf(session, audience));
    const isUnknown =
      !token.ok &&
      token.error.kind === "misconfigured" &&
      token.error.problem === "scope_refused" &&
      audience === "graph" &&
      session.connection.cloud.name === "custom";
    return isUnknown ? await requestToken(session, hop, credential, publicGraphScope) : token;
  }

  async #keep(
    session: Session,
    audience: Audience,
    credential: IntuneCredential,
    { value, expiresInSeconds }: AccessToken,
  ): Promise<Result<string, IntuneFailure>> {
    const { connection, dependencies } = session;
    const strange = strangeness(value, session);
    if (strange)
      return err(misconfigured(connection, `${audience}-token`, "token_refused", strange));
    const seconds = Math.min(
      expiresInSeconds - marginSeconds,
      dependencies.figures.tokenSecondsAtMost,
    );
    await this.#cache.keep(nameOf(session, audience, credential), value, seconds);
    return ok(value);
  }
}

export interface MintedWith {
  readonly credential: IntuneCredential;
  readonly token: Result<string, IntuneFailure>;
}

const isOfOneCredential = (failure: IntuneFailure): boolean =>
  failure.kind === "misconfigured" && problemsOfOneCredential.has(failure.problem);

export const noCredential = ({ connection }: Session, audience: Audience): IntuneFailure =>
  misconfigured(
    connection,
    `${audience}-token`,
    "credential_missing",
    "The connection has neither a client secret nor a certificate.",
  );

const scopeOf = ({ connection: { cloud } }: Session, audience: Audience): string =>
  // The resource of Intune ends in a slash of its own, so its scope has two.
  audience === "graph" ? `${cloud.graphOrigin}/.default` : `${cloud.intuneResource}/.default`;

const namesOf = (session: Session, audience: Audience): CacheName[] =>
  session.connection.credentials.map((credential) => nameOf(session, audience, credential));

/** A credential's id is new for each secret, so that a rotated one never finds the old one's token. */
const nameOf = (session: Session, audience: Audience, credential: IntuneCredential): CacheName => {
  const { tenantId, cloud, directoryId, clientId } = session.connection;
  const scope = scopeOf(session, audience);
  const parts = [cloud.loginOrigin, directoryId, clientId, credential.id, scope];
  return { tenantId, kind: "intune-access-token", parts };
};

/** Tokens are opaque; one that says it belongs to another directory is not used all the same. */
function strangeness(token: string, { connection }: Session): string | undefined {
  const directory = tokenClaims(token)?.["tid"];
  const isGuid = typeof directory === "string" && /^[0-9a-f-]{36}$/i.test(directory);
  return isGuid && directory.toLowerCase() !== connection.directoryId
    ? `Entra answered with a token of another directory (${directory}).`
    : undefined;
}

/** For diagnosis only. Undefined: the token is no JWT that we can look into. */
export function tokenClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || signature === undefined) return undefined;
  try {
    return jsonObject(new TextDecoder().decode(fromBase64(payload)));
  } catch {
    return undefined;
  }
}
