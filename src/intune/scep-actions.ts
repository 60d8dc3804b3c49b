/** ScepActions: what is sent, and which answer allows anything. A refusal comes with HTTP 200; only `code` decides. */
import { toBase64 } from "../pki/bytes.ts";
import { err, ok, type Result } from "../result.ts";
import type {
  FailedNotification,
  IntuneFailure,
  IntuneRequest,
  IssuedNotification,
} from "../ports/intune-service.ts";
import type { Action } from "./action.ts";
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

const noCode = "(none)";

/** @returns undefined when the body is no JSON object at all, or was too long to be read */
function readVerdict(
  body: string | undefined,
): Result<undefined, Extract<IntuneFailure, { kind: "refused" }>> | undefined {
  const object = jsonObject(body);
  if (!object) return undefined;
  const code = object["code"];
  if (code === "Success") return ok(undefined);
  const description = clipped(textProperty(object, "errorDescription") ?? "", 500);
  const named = typeof code === "string" && code !== "" ? clipped(code, 100) : noCode;
  return err({ kind: "refused", code: named, description });
}

const unreadableVerdict: Extract<IntuneFailure, { kind: "refused" }> = {
  kind: "refused",
  code: noCode,
  description: "Microsoft's answer cannot be read: it is no JSON object, or too long.",
};

/** For the line of the call: Microsoft's code. */
function verdictCode(body: string | undefined): string {
  const object = jsonObject(body);
  const code = object && property(object, "code");
  return typeof code === "string" ? code : object ? noCode : "an answer that is no JSON object";
}

const action = { service: "scep", describe: verdictCode } as const;

/** Of a 200 that cannot be read, nothing may be issued: it is a refusal. */
export const validateAction = (request: IntuneRequest): Action<undefined> => ({
  ...action,
  hop: "validate",
  path: "/ScepActions/validateRequest",
  body: validateBody(request),
  read: (answer) => readVerdict(answer) ?? err(unreadableVerdict),
});

/** Whether it arrived is not known after a 200 that cannot be read: it goes out again with the device's retry. */
export const successAction = (notification: IssuedNotification): Action<undefined> => ({
  ...action,
  hop: "success-notification",
  path: "/ScepActions/successNotification",
  body: successBody(notification),
  read: readVerdict,
});

export const failureAction = (notification: FailedNotification): Action<undefined> => ({
  ...action,
  hop: "failure-notification",
  path: "/ScepActions/failureNotification",
  body: failureBody(notification),
  read: readVerdict,
});
