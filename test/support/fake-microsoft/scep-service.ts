/** ScepRequestValidationFEService: takes what the reference libraries send, and 400 for anything else. */
import { challengeMinutes, readChallenge } from "./challenge.ts";
import { json, serviceError } from "./fail.ts";
import { readRequest } from "./request-facts.ts";
import type { FakeTenant, FakeTransaction } from "./tenants.ts";

export type ScepAction = "validateRequest" | "successNotification" | "failureNotification";

type Json = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string" && value !== "";
const optionalText: Check = (value) => value === undefined || typeof value === "string";
const base64: Check = (value) =>
  typeof value === "string" &&
  value !== "" &&
  value.length % 4 === 0 &&
  /^[A-Za-z0-9+/]+={0,2}$/.test(value);

const common: Readonly<Record<string, Check>> = {
  transactionId: text,
  certificateRequest: base64,
  callerInfo: text,
};

const shapes: Readonly<Record<ScepAction, { wrapper: string; fields: Record<string, Check> }>> = {
  validateRequest: { wrapper: "request", fields: { ...common } },
  successNotification: {
    wrapper: "notification",
    fields: {
      ...common,
      certificateThumbprint: (value) =>
        typeof value === "string" && /^[0-9A-Fa-f]{40}$/.test(value),
      certificateSerialNumber: (value) =>
        typeof value === "string" && /^[0-9A-F]{1,40}$/.test(value),
      certificateExpirationDateUtc: (value) =>
        typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,7}Z$/.test(value),
      issuingCertificateAuthority: (value) => text(value) && String(value).length <= 256,
      caConfiguration: optionalText,
      certificateAuthority: optionalText,
    },
  },
  failureNotification: {
    wrapper: "notification",
    fields: {
      ...common,
      hResult: (value) => Number.isSafeInteger(value),
      errorDescription: (value) => text(value) && String(value).length <= 255,
    },
  },
};

/** Names, wrappers and forms; an unknown or missing property is a 400. */
export function checkedBody(action: ScepAction, body: string): Json {
  const malformed = (what: string) => serviceError(400, `The request is not valid: ${what}.`);
  const { wrapper, fields } = shapes[action];
  let parsed: Json;
  try {
    parsed = JSON.parse(body) as Json;
  } catch {
    throw malformed("no JSON");
  }
  const inner = parsed[wrapper] as Json | undefined;
  if (Object.keys(parsed).join() !== wrapper || typeof inner !== "object" || inner === null)
    throw malformed(`the wrapper ${wrapper} alone is wanted`);
  for (const name of Object.keys(inner)) if (!(name in fields)) throw malformed(`unknown ${name}`);
  for (const [name, check] of Object.entries(fields))
    if (!check(inner[name])) throw malformed(`property ${name}`);
  return inner;
}

export interface Violations {
  /** What a server of ours must never do: the test fails. */
  violation(what: string): void;
  readonly now: () => Date;
}

/** Microsoft's code for this call; what it means is remembered. */
export function decide(
  tenant: FakeTenant,
  action: ScepAction,
  inner: Json,
  { violation, now }: Violations,
): string {
  const transactionId = String(inner["transactionId"]);
  const certificateRequest = String(inner["certificateRequest"]);
  const key = `${transactionId} ${certificateRequest}`;
  const known = tenant.transactions.get(key);
  switch (action) {
    case "validateRequest": {
      const code = verdictOf(tenant, certificateRequest, now());
      const transaction: FakeTransaction = known ?? {
        transactionId,
        certificateRequest,
        validated: false,
      };
      transaction.validated = code === "Success";
      tenant.transactions.set(key, transaction);
      return code;
    }
    case "successNotification": {
      if (!known?.validated) {
        violation(`successNotification without a Success verdict for the same request`);
        return "CertificateRequestDecodingFailed";
      }
      if (known.issued && JSON.stringify(known.issued) !== JSON.stringify(inner)) {
        violation("a second successNotification with other content");
        return "CertificateRequestDecodingFailed";
      }
      if (known.issued && !tenant.acceptsRepeatedNotification) return "ChallengeExpired";
      known.issued = inner;
      return "Success";
    }
    case "failureNotification":
      if (!known?.validated) violation("failureNotification after a refused validateRequest");
      if (known?.issued) violation("failureNotification after an accepted successNotification");
      if (known) known.failed = inner;
      return "Success";
  }
}

function verdictOf(tenant: FakeTenant, certificateRequest: string, now: Date): string {
  let facts;
  try {
    facts = readRequest(new Uint8Array(Buffer.from(certificateRequest, "base64")));
  } catch {
    return "CertificateRequestDecodingFailed";
  }
  if (facts.challenge === undefined || facts.challenge === "") return "ChallengePasswordMissing";
  const challenge = readChallenge(facts.challenge);
  if ("code" in challenge) return challenge.code;
  const wanted = challenge.content;
  if (!Number.isFinite(wanted.created) || wanted.created > now.getTime() + 300_000)
    return "ChallengeInvalidTimestamp";
  if (Math.min(wanted.expires, wanted.created + challengeMinutes * 60_000) <= now.getTime())
    return "ChallengeExpired";
  if (wanted.tenant !== tenant.directoryId) return "BadTenantIdInChallenge";
  if (!wanted.id) return "BadCertificateRequestIdInChallenge";
  if (!wanted.device) return "BadDeviceIdInChallenge";
  if (!wanted.user) return "BadUserIdInChallenge";
  if (!tenant.targetedProfiles.has(wanted.profile)) return "ScepProfileNoLongerTargetedToTheClient";
  if (facts.subject.length === 0) return "SubjectNameMissing";
  if (!same(facts.subject, wanted.subject)) return "SubjectNameMismatch";
  if (wanted.san.length > 0 && facts.san.length === 0) return "SubjectAltNameMissing";
  if (!same(facts.san, wanted.san)) return "SubjectAltNameMismatch";
  if (!same(facts.keyUsage ?? [], wanted.keyUsage)) return "KeyUsageMismatch";
  if (wanted.extendedKeyUsage.length > 0 && !facts.extendedKeyUsage)
    return "EnhancedKeyUsageMissing";
  if (!same(facts.extendedKeyUsage ?? [], wanted.extendedKeyUsage))
    return "EnhancedKeyUsageMismatch";
  if (facts.keyBits !== wanted.keyBits) return "KeyLengthMismatch";
  return "Success";
}

const same = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((value, index) => value === other[index]);

const context = "microsoft.management.services.scepRequestValidationService.api.scepActionResult";

export function scepAnswer(code: string, serviceUri: string, count: number): Response {
  // Now and then without a description, with null, with far too much, with more properties.
  const variety: Readonly<Record<string, unknown>> =
    [
      { errorDescription: "" },
      {},
      { errorDescription: null },
      { errorDescription: "The reason in many words. ".repeat(400), extra: { nested: [1] } },
    ][count % 4] ?? {};
  return json({ "@odata.context": `${serviceUri}/$metadata#${context}`, code, ...variety });
}
