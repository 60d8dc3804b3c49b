/** ScepActions: what is sent, and which answer allows anything. A refusal comes with HTTP 200; only `code` decides. */
import { toBase64 } from "../pki/bytes.ts";
import { parseCertificationRequest } from "../pki/certification-request.ts";
import { err, ok, type Result } from "../result.ts";
import type {
  FailedNotification,
  IntuneFailure,
  IntuneRequest,
  IssuedNotification,
} from "../ports/intune-service.ts";
import type { Action } from "./action.ts";
import type { Clean } from "./http-answer.ts";
import { clipped, jsonObject, property, textProperty } from "./lenient-json.ts";

/** Told to Microsoft, for their support. */
const callerInfo = "EdgeSCEP/1.0";

const requestFields = ({ transactionID, certificationRequestDer }: IntuneRequest) => ({
  transactionId: transactionID,
  // The octets exactly as they were decrypted: standard base64, no line ends.
  certificateRequest: toBase64(certificationRequestDer),
});

const validateBody = (request: IntuneRequest): string =>
  JSON.stringify({ request: { ...requestFields(request), callerInfo } });

const successBody = (issued: IssuedNotification): string =>
  JSON.stringify({
    notification: {
      ...requestFields(issued),
      certificateThumbprint: issued.thumbprintHex.toUpperCase(),
      certificateSerialNumber: issued.serialNumberHex.toUpperCase(),
      certificateExpirationDateUtc: issued.notAfter.toISOString(),
      issuingCertificateAuthority: issued.issuingCertificateAuthority.slice(0, 256),
      callerInfo,
      caConfiguration: issued.caConfiguration,
      certificateAuthority: issued.certificateAuthority,
    },
  });

const failureBody = ({ hResult, errorDescription, ...request }: FailedNotification): string =>
  JSON.stringify({
    notification: {
      ...requestFields(request),
      hResult,
      errorDescription: clipped(errorDescription, 255) || "The request was refused.",
      callerInfo,
    },
  });

const success = "Success";
const noCode = "(none)";
/** Microsoft's codes are words. What is none may be anything, the challenge too. */
const unreadableCode = "(unreadable)";

const codeOf = (code: unknown, clean: Clean): string => {
  if (typeof code !== "string" || code === "") return noCode;
  if (code === success) return code;
  return /^[A-Za-z0-9_]{1,100}$/.test(code) && clean(code) === code ? code : unreadableCode;
};

/** @returns undefined when the body is no JSON object at all, or was too long to be read */
function readVerdict(
  body: string | undefined,
  clean: Clean,
): Result<undefined, Extract<IntuneFailure, { kind: "refused" }>> | undefined {
  const object = jsonObject(body);
  if (!object) return undefined;
  const code = object["code"];
  if (code === success) return ok(undefined);
  const description = clipped(clean(textProperty(object, "errorDescription") ?? ""), 500);
  return err({ kind: "refused", code: codeOf(code, clean), description });
}

const unreadableVerdict: Extract<IntuneFailure, { kind: "refused" }> = {
  kind: "refused",
  code: noCode,
  description: "Microsoft's answer cannot be read: it is no JSON object, or too long.",
};

/** For the line of the call: Microsoft's code. */
function verdictCode(body: string | undefined, clean: Clean): string {
  const object = jsonObject(body);
  return object ? codeOf(property(object, "code"), clean) : "an answer that is no JSON object";
}

const action = { service: "scep", describe: verdictCode } as const;

/** The challenge, and the request that holds it. */
function secretsOf({ certificationRequestDer }: IntuneRequest): readonly (string | undefined)[] {
  const { challengePassword } = parseCertificationRequest(certificationRequestDer);
  return [challengePassword, toBase64(certificationRequestDer)];
}

/** Of a 200 that cannot be read, nothing may be issued: it is a refusal. */
export const validateAction = (request: IntuneRequest): Action<undefined> => ({
  ...action,
  hop: "validate",
  path: "/ScepActions/validateRequest",
  body: validateBody(request),
  secrets: () => secretsOf(request),
  read: (answer, clean) => readVerdict(answer, clean) ?? err(unreadableVerdict),
});

/** Whether it arrived is not known after a 200 that cannot be read: it goes out again with the device's retry. */
export const successAction = (notification: IssuedNotification): Action<undefined> => ({
  ...action,
  hop: "success-notification",
  path: "/ScepActions/successNotification",
  body: successBody(notification),
  secrets: () => secretsOf(notification),
  read: readVerdict,
});

export const failureAction = (notification: FailedNotification): Action<undefined> => ({
  ...action,
  hop: "failure-notification",
  path: "/ScepActions/failureNotification",
  body: failureBody(notification),
  secrets: () => secretsOf(notification),
  read: readVerdict,
});
