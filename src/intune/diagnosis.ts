/** "Validate Configuration": every hop made afresh, and what is wrong with the first that fails. */
import type { IntuneDiagnosis, IntuneFailure, IntuneHop } from "../ports/intune-service.ts";
import type { Result } from "../result.ts";
import { type AccessTokens, type Audience, tokenClaims } from "./access-tokens.ts";
import { perform } from "./action.ts";
import { harmlessRequest } from "./harmless-request.ts";

import { clipped } from "./lenient-json.ts";
import { validateAction } from "./scep-actions.ts";
import type { ServiceDirectory } from "./service-directory.ts";
import type { Session } from "./session.ts";

export async function diagnose(
  session: Session,
  tokens: AccessTokens,
  directory: ServiceDirectory,
  refusal: IntuneFailure | undefined,
): Promise<readonly IntuneDiagnosis[]> {
  const notTried = (hop: IntuneHop): IntuneDiagnosis => ({
    hop,
    outcome: "not-tried",
    detail: "An earlier step failed.",
  });
  if (refusal)
    return [failed(refusal), ...(["discovery", "intune-token", "validate"] as const).map(notTried)];

  // A token minted before consent keeps failing for its whole life, so nothing of a cache is used.
  const graph = await tokens.mint(session, "graph");
  const graphStep = tokenStep("graph", graph);
  if (!graph.ok)
    return [graphStep, notTried("discovery"), notTried("intune-token"), notTried("validate")];
  session.renewed.add("graph");
  const found = await directory.discover(session, "scep");
  const discoveryStep = found.ok
    ? succeeded("discovery", `The validation service is at ${new URL(found.value).host}.`)
    : failed(found.error);
  const intune = await tokens.mint(session, "intune");
  const steps = [graphStep, discoveryStep, tokenStep("intune", intune)];
  if (!found.ok || !intune.ok) return [...steps, notTried("validate")];
  session.renewed.add("intune");
  return [...steps, await validateStep(session, tokens, directory)];
}

/** A made-up challenge: that it is refused shows that address, token, role and message are right. */
async function validateStep(
  session: Session,
  tokens: AccessTokens,
  directory: ServiceDirectory,
): Promise<IntuneDiagnosis> {
  const action = validateAction(await harmlessRequest());
  const verdict = await perform(session, tokens, directory, action);
  if (verdict.ok) {
    return {
      hop: "validate",
      outcome: "failed",
      detail: "The service accepted a request whose challenge was made up: it validates nothing.",
    };
  }
  if (verdict.error.kind !== "refused") return failed(verdict.error);
  const { code, description } = verdict.error;
  return code === "(none)"
    ? {
        hop: "validate",
        outcome: "failed",
        detail: `An answer without a code. ${description}`.trim(),
      }
    : succeeded("validate", `The service refused a made-up challenge, as it must (${code}).`);
}

function tokenStep(audience: Audience, token: Result<string, IntuneFailure>): IntuneDiagnosis {
  const hop = `${audience}-token` as const;
  if (!token.ok) return failed(token.error);
  const claims = tokenClaims(token.value);
  if (!claims) return succeeded(hop, "Entra issued a token.");
  const { roles } = claims;
  const names = Array.isArray(roles) ? roles.filter((role) => typeof role === "string") : [];
  return succeeded(
    hop,
    names.length > 0
      ? `Entra issued a token with the permissions ${clipped(names.join(", "), 300)}.`
      : "Entra issued a token without any permission: admin consent is missing, or is not in effect yet.",
  );
}

const succeeded = (hop: IntuneHop, detail: string): IntuneDiagnosis => ({
  hop,
  outcome: "ok",
  detail,
});

function failed(failure: IntuneFailure): IntuneDiagnosis {
  switch (failure.kind) {
    case "misconfigured": {
      const { hop, detail, problem, remedy } = failure;
      return { hop, outcome: "failed", detail, problem, remedy };
    }
    case "trouble":
      return {
        ...{ hop: failure.hop, outcome: "failed", detail: failure.detail },
        remedy: `This may pass: try again in ${failure.retryAfterSeconds} s. Microsoft's service health page tells of larger trouble.`,
      };
    case "refused":
      return { hop: "validate", outcome: "failed", detail: failure.code };
  }
}
