/** "Validate Configuration": every hop made afresh, and what is wrong with the first that fails. */
import {
  type IntuneDiagnosis,
  type IntuneFailure,
  unreadableRequestCode,
} from "../ports/intune-service.ts";
import type { Result } from "../result.ts";
import {
  type AccessTokens,
  type Audience,
  type MintedWith,
  noCredential,
  tokenClaims,
} from "./access-tokens.ts";
import { perform } from "./action.ts";
import { harmlessRequest } from "./harmless-request.ts";
import { clipped } from "./lenient-json.ts";
import { misconfigured } from "./remedies.ts";
import { validateAction } from "./scep-actions.ts";
import type { ServiceDirectory } from "./service-directory.ts";
import type { Session } from "./session.ts";

type Hop = IntuneDiagnosis["hop"];

export async function diagnose(
  session: Session,
  tokens: AccessTokens,
  directory: ServiceDirectory,
  withRevocation: boolean,
  refusal: IntuneFailure | undefined,
): Promise<readonly IntuneDiagnosis[]> {
  const hops: readonly Hop[] = [
    ...(["graph-token", "discovery"] as const),
    ...(withRevocation ? (["revocation-discovery"] as const) : []),
    ...(["intune-token", "validate"] as const),
  ];
  const steps: IntuneDiagnosis[] = [];
  const ended = () => [...steps, ...hops.slice(steps.length).map(notTried)];
  if (refusal) {
    steps.push(failed(refusal));
    return ended();
  }

  // A token minted before consent keeps failing for its whole life, so nothing of a cache is used.
  const minted = await tokens.mintWithEach(session, "graph");
  steps.push(credentialStep(session, minted));
  if (!minted.some(({ token }) => token.ok)) return ended();
  session.renewed.add("graph");
  const found = await directory.discover(session, "scep");
  steps.push(addressStep("discovery", "The validation service", found));
  if (withRevocation) {
    const queue = await directory.discover(session, "pki");
    steps.push(addressStep("revocation-discovery", "The revocation service", queue));
  }
  const intune = await tokens.mint(session, "intune");
  steps.push(tokenStep("intune", intune));
  if (!found.ok || !intune.ok) return ended();
  session.renewed.add("intune");
  steps.push(await validateStep(session, tokens, directory));
  return steps;
}

const notTried = (hop: Hop): IntuneDiagnosis => ({
  hop,
  outcome: "not-tried",
  detail: "An earlier step failed.",
});

const addressStep = (
  hop: Hop,
  service: string,
  found: Result<string, IntuneFailure>,
): IntuneDiagnosis =>
  found.ok
    ? succeeded(hop, `${service} is at ${new URL(found.value).host}.`)
    : { ...failed(found.error), hop };

/** The newest credential must work: when an older one stops serving, nothing else is left. */
function credentialStep(session: Session, minted: readonly MintedWith[]): IntuneDiagnosis {
  const [newest] = minted;
  if (!newest) return failed(noCredential(session, "graph"));
  const serving = minted.find(({ token }) => token.ok)?.credential;
  if (newest.token.ok || !serving) return tokenStep("graph", newest.token);
  const step = failed(newest.token.error);
  const until = serving.retiresAt ? ` until ${serving.retiresAt.toISOString()}` : "";
  const detail = `The new ${nouns[newest.credential.kind]} is refused (${step.detail}); the older ${nouns[serving.kind]} serves${until}, and devices enrol with it.`;
  return { ...step, detail };
}

const nouns = { "client-secret": "secret", "client-certificate": "certificate" } as const;

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
  if (code === unreadableRequestCode) {
    const detail = `Microsoft could not read the request (${code}). ${description}`.trim();
    return failed(misconfigured(session.connection, "validate", "request_malformed", detail));
  }
  return isAboutChallenge(code)
    ? succeeded("validate", `The service refused a made-up challenge, as it must (${code}).`)
    : {
        hop: "validate",
        outcome: "failed",
        detail: `${unexpected(code)} ${description}`.trim(),
        remedy: "Give the activity id to Microsoft's support if it is so again.",
      };
}

const isAboutChallenge = (code: string): boolean =>
  code.startsWith("Challenge") || code === "SignatureValidationFailed";

function unexpected(code: string): string {
  if (code.startsWith("(")) return "An answer without a readable code.";
  return /^success$/i.test(code)
    ? `The service answered "${code}" to a made-up challenge, which is neither its Success nor a refusal.`
    : `The service refused with an unexpected code (${code}): a made-up challenge is what it should have found.`;
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

const succeeded = (hop: Hop, detail: string): IntuneDiagnosis => ({
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
