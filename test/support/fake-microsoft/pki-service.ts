/** PkiConnectorFEService: what Intune wants revoked, handed out at most once an hour, until it is acknowledged. */
import { json, serviceError } from "./fail.ts";
import type { FakeTenant } from "./tenants.ts";

type Json = Readonly<Record<string, unknown>>;

export const coolDownMilliseconds = 60 * 60_000;

const codes: Readonly<Record<string, number>> = {
  None: 0,
  NonRetryableServiceException: 4000,
  DataSerializationError: 4001,
  ParameterDataInvalidError: 4002,
  CryptographyError: 4003,
  CertificateNotFoundError: 4004,
  ConflictError: 4005,
  NotSupportedError: 4006,
  PayloadTooLargeError: 4007,
  RetryableServiceException: 4100,
  ServiceUnavailableException: 4101,
  ServiceTooBusyException: 4102,
  AuthenticationException: 4103,
};

const malformed = (what: string) => serviceError(400, `The request is not valid: ${what}.`);

export function answerDownload(tenant: FakeTenant, body: string, now: Date): Response {
  const parameters = (JSON.parse(body) as Json)["downloadParameters"] as Json | undefined;
  const limit = parameters?.["maxRequests"];
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > 500)
    throw malformed("maxRequests");
  const issuer = parameters?.["issuerName"] ?? null;
  if (issuer !== null && (typeof issuer !== "string" || issuer.length > 256))
    throw malformed("issuerName");
  const isCool =
    tenant.lastDownloadAt !== undefined &&
    now.getTime() - tenant.lastDownloadAt < coolDownMilliseconds;
  tenant.lastDownloadAt = isCool ? tenant.lastDownloadAt : now.getTime();
  const waiting = tenant.revocations
    .filter(({ acknowledged }) => !acknowledged)
    .map(({ item }) => item)
    .filter((item) => issuer === null || item["issuerName"] === issuer);
  return json({
    "@odata.context":
      "https://manage.microsoft.com/RACerts/StatelessPkiConnectorService/$metadata#Collection(microsoft.management.services.api.caRevocationRequest)",
    value: isCool ? [] : waiting.slice(0, limit),
  });
}

export function answerUpload(tenant: FakeTenant, body: string): Response {
  const results = (JSON.parse(body) as Json)["results"];
  if (!Array.isArray(results) || results.length === 0) throw malformed("results");
  const acknowledged = results.map((result: Json) => {
    const { requestContext, succeeded, errorCode } = result;
    const known = tenant.revocations.find(({ item }) => contextOf(item) === requestContext);
    if (!known) throw malformed("an unknown requestContext");
    const isKnownCode =
      typeof errorCode === "string" &&
      (errorCode in codes || Object.values(codes).map(String).includes(errorCode));
    const isNone = errorCode === "None" || errorCode === "0";
    if (typeof succeeded !== "boolean" || !isKnownCode || succeeded !== isNone)
      throw malformed("succeeded and errorCode");
    return { known, succeeded, errorCode };
  });
  const { value } = tenant.uploadAnswer;
  if (value === true || value === "true")
    for (const { known, succeeded, errorCode } of acknowledged)
      known.acknowledged = { succeeded, errorCode };
  return json({ ...tenant.uploadAnswer });
}

const contextOf = (item: Json): unknown => item["requestContext"] ?? item["RequestContext"];
