/** One call of Intune's own services, carried out: found, authorised, tried, read. */
import { err, type Result } from "../result.ts";
import type { IntuneFailure, IntuneHop } from "../ports/intune-service.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { sendAuthorised } from "./authorised-call.ts";
import {
  type Clean,
  errorText,
  isAddressInDoubt,
  isMoved,
  isTransient,
  isUnauthorised,
} from "./http-answer.ts";
import { misconfigured } from "./remedies.ts";
import type { Service, ServiceDirectory } from "./service-directory.ts";
import { isFailure, type Session } from "./session.ts";

/** A header, not a part of the address. */
const apiVersions: Readonly<Record<Service, string>> = { scep: "2018-02-20", pki: "5019-05-05" };

export interface Action<Value> {
  readonly hop: IntuneHop;
  readonly service: Service;
  readonly path: string;
  /** Built once, so that a second try has identical content. */
  readonly body: string;
  /** What of it nobody may read, in whatever Microsoft answers. */
  readonly secrets: () => readonly (string | undefined)[];
  readonly describe: (body: string | undefined, clean: Clean) => string | undefined;
  /** Of an answer with status 2xx; undefined when it cannot be read. */
  readonly read: (
    body: string | undefined,
    clean: Clean,
  ) => Result<Value, IntuneFailure> | undefined;
}

/** Two tries at most; when the address is in doubt, the second one goes where Graph says now. */
export async function perform<Value>(
  session: Session,
  tokens: AccessTokens,
  directory: ServiceDirectory,
  { hop, service, path, body, secrets, describe, read }: Action<Value>,
): Promise<Result<Value, IntuneFailure>> {
  session.secrets.add(secrets);
  const { clean } = session.secrets;
  const attempt = async () => {
    const address = await directory.find(session, service);
    if (!address.ok) return address.error;
    const answer = await sendAuthorised(session, tokens, "intune", hop, {
      url: address.value + path,
      method: "POST",
      headers: { "content-type": "application/json", "api-version": apiVersions[service] },
      body,
      describe,
    });
    if (!isFailure(answer) && isAddressInDoubt(answer))
      await directory.doubt(session, address.value);
    return answer;
  };
  const answer = await session.twice(attempt, isMoved);
  if (isFailure(answer)) return err(answer);
  if (answer.kind === "no-answer" || isTransient(answer) || isMoved(answer))
    return err(session.trouble(hop, answer));
  if (answer.status >= 400) {
    const problem = isUnauthorised(answer) ? "intune_forbidden" : "request_malformed";
    const detail = `HTTP ${answer.status}: ${errorText(answer.body, clean)}`;
    return err(misconfigured(session.connection, hop, problem, detail));
  }
  const detail = "Microsoft's answer cannot be read";
  return read(answer.body, clean) ?? err(session.trouble(hop, { kind: "no-answer", detail }));
}
