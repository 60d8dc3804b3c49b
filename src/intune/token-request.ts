/** Asking Entra for one access token (OAuth 2.0 client credentials, v2 endpoint). */
import { err, ok, type Result } from "../result.ts";
import type { IntuneCredential } from "../ports/intune-connection.ts";
import type { IntuneFailure, IntuneHop, IntuneProblem } from "../ports/intune-service.ts";
import { signClientAssertion } from "./client-assertion.ts";
import { errorText, type HttpAnswer } from "./http-answer.ts";
import { jsonObject } from "./lenient-json.ts";
import { misconfigured } from "./remedies.ts";
import { isFailure, type Session } from "./session.ts";

export interface AccessToken {
  readonly value: string;
  /** As Entra said; 0 when it did not. */
  readonly expiresInSeconds: number;
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** An assertion outside its time: worth one more, made at another moment. */
const assertionOutOfTime = 700024;
/** Transient for Entra, though some come with status 400. */
const transientCodes: ReadonlySet<unknown> = new Set<unknown>([90033, 90055, 50196]);

/** Error codes are for people, says Microsoft, and may change: without a known one, `error` decides. */
const problemsByCode: ReadonlyMap<unknown, IntuneProblem> = new Map<unknown, IntuneProblem>([
  [7000215, "secret_wrong"],
  [7000222, "secret_expired"],
  [700027, "certificate_unknown"],
  [assertionOutOfTime, "certificate_unknown"],
  [700016, "app_not_in_directory"],
  [90002, "directory_unknown"],
  [500011, "intune_resource_unknown"],
  [70011, "scope_refused"],
  [1002012, "scope_refused"],
]);

/** Tries each credential in turn: during a rotation only one of them may be known to Microsoft. */
export async function requestToken(
  session: Session,
  hop: "graph-token" | "intune-token",
  credential: IntuneCredential,
  scope: string,
): Promise<Result<AccessToken, IntuneFailure>> {
  const { connection } = session;
  const endpoint = `${connection.cloud.loginOrigin}/${connection.directoryId}/oauth2/v2.0/token`;
  let isSecretId = false;
  const attempt = async () => {
    const proof = await proofOf(session, credential, endpoint);
    if (!proof) {
      const detail = `The stored ${credential.kind} does not open.`;
      return misconfigured(connection, hop, "credential_unreadable", detail);
    }
    const { client_secret: secret, client_assertion: assertion } = proof;
    session.secrets.add(() => [secret, assertion]);
    isSecretId = guid.test(secret?.trim() ?? "");
    const form = {
      grant_type: "client_credentials",
      client_id: connection.clientId,
      scope,
      ...proof,
    };
    const answer = await session.send(hop, {
      url: endpoint,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(form).toString(),
    });
    return isEntrasOwnTrouble(answer) ? { ...answer, status: 503 } : answer;
  };
  const answer = await session.twice(attempt, (one) =>
    errorCodes(one).includes(assertionOutOfTime),
  );
  if (isFailure(answer)) return err(answer);
  const token = readToken(session, hop, credential, answer);
  if (token.ok || !isSecretId || token.error.kind !== "misconfigured") return token;
  const { detail } = token.error;
  return token.error.problem === "secret_wrong"
    ? err({ ...token.error, detail: `${secretIdHint} ${detail}` })
    : token;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const secretIdHint = "The stored secret has the form of a Secret ID: the Value is what is needed.";

/** The secret is in the clear only in here and in the form that is sent. Undefined: it does not open. */
async function proofOf(
  { connection, dependencies }: Session,
  credential: IntuneCredential,
  endpoint: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { keyWrapping, clock } = dependencies;
  const context = { tenant: connection.tenantId, id: credential.id };
  try {
    if (credential.kind === "client-secret") {
      const kind = "intune-client-secret";
      const secret = await keyWrapping.unwrap(credential.wrappedSecret, { ...context, kind });
      return { client_secret: new TextDecoder().decode(secret) };
    }
    const kind = "intune-client-key";
    const privateKeyDer = await keyWrapping.unwrap(credential.wrappedKey, { ...context, kind });
    const { certificateDer } = credential;
    const key = { privateKeyDer, certificateDer };
    return {
      client_assertion_type: assertionType,
      client_assertion: await signClientAssertion(key, connection.clientId, endpoint, clock.now()),
    };
  } catch {
    return undefined;
  }
}

function readToken(
  session: Session,
  hop: "graph-token" | "intune-token",
  credential: IntuneCredential,
  answer: HttpAnswer,
): Result<AccessToken, IntuneFailure> {
  const isClear = answer.kind === "answer" && answer.status < 500 && answer.status !== 429;
  if (!isClear || (answer.status >= 300 && answer.status < 400) || answer.status === 408)
    return err(session.trouble(hop, answer));
  const object = jsonObject(answer.body);
  if (answer.status >= 400) {
    const problem = problemOf(answer, hop, credential, object?.["error"]);
    const said = errorText(answer.body, session.secrets.clean);
    return err(misconfigured(session.connection, hop, problem, said));
  }
  const value = object?.["access_token"];
  if (typeof value !== "string" || value === "" || !/^[\x21-\x7e]+$/.test(value)) {
    const failure = session.trouble(hop, {
      kind: "no-answer",
      detail: "an answer without a token",
    });
    return err(failure);
  }
  const expiresIn = Number(object?.["expires_in"]);
  return ok({ value, expiresInSeconds: Number.isFinite(expiresIn) ? expiresIn : 0 });
}

function problemOf(
  answer: HttpAnswer,
  hop: IntuneHop,
  credential: IntuneCredential,
  error: unknown,
): IntuneProblem {
  const known = errorCodes(answer)
    .map((code) => problemsByCode.get(code))
    .find((problem) => problem !== undefined);
  const problem = known ?? problemOfError(error, credential);
  // Graph is in every directory: that it is unknown says something about the cloud.
  return problem === "intune_resource_unknown" && hop === "graph-token" ? "scope_refused" : problem;
}

function problemOfError(error: unknown, { kind }: IntuneCredential): IntuneProblem {
  switch (error) {
    case "invalid_client":
      return kind === "client-secret" ? "secret_wrong" : "certificate_unknown";
    case "unauthorized_client":
      return "app_not_in_directory";
    case "invalid_resource":
      return "intune_resource_unknown";
    case "invalid_scope":
      return "scope_refused";
    default:
      return "token_refused";
  }
}

function isEntrasOwnTrouble(answer: HttpAnswer): answer is Extract<HttpAnswer, { kind: "answer" }> {
  if (answer.kind !== "answer" || answer.status < 400 || answer.status >= 500) return false;
  return (
    errorCodes(answer).some((code) => transientCodes.has(code)) ||
    jsonObject(answer.body)?.["error"] === "temporarily_unavailable"
  );
}

function errorCodes(answer: HttpAnswer): readonly unknown[] {
  const codes = answer.kind === "answer" && jsonObject(answer.body)?.["error_codes"];
  return Array.isArray(codes) ? codes.slice(0, 10) : [];
}
