/** A call with a token. A 401 or 403 leads to one token minted past the cache, and to no second one. */
import type { IntuneFailure, IntuneHop } from "../ports/intune-service.ts";
import type { AccessTokens, Audience } from "./access-tokens.ts";
import { type HttpAnswer, isUnauthorised } from "./http-answer.ts";
import type { HttpCall, Session } from "./session.ts";

export async function sendAuthorised(
  session: Session,
  tokens: AccessTokens,
  audience: Audience,
  hop: IntuneHop,
  call: HttpCall,
): Promise<HttpAnswer | IntuneFailure> {
  const send = (token: string) => {
    session.secrets.add(() => [token]);
    const headers = { ...call.headers, authorization: `Bearer ${token}` };
    return session.send(hop, { ...call, headers });
  };

  const token = await tokens.find(session, audience);
  if (!token.ok) return token.error;
  const answer = await send(token.value);
  if (!isUnauthorised(answer)) return answer;
  if (session.renewed.has(audience)) {
    await tokens.drop(session, audience, token.value);
    return answer;
  }
  session.renewed.add(audience);
  const renewed = await tokens.renew(session, audience, token.value);
  if (!renewed.ok) return renewed.error;
  const second = await send(renewed.value);
  if (isUnauthorised(second)) await tokens.drop(session, audience, renewed.value);
  return second;
}
