/** PkiConnectorFEService: the certificates that Intune wants revoked. Letter case of the answers varies. */
import { ok } from "../result.ts";
import type { RevocationRequest, RevocationResult } from "../ports/intune-service.ts";
import type { Action } from "./action.ts";
import { asObject, clipped, jsonObject, property, textProperty } from "./lenient-json.ts";

const downloadBody = (limit: number): string =>
  JSON.stringify({ downloadParameters: { maxRequests: limit, issuerName: null } });

/** Undefined: the answer is no list. What lacks its context or serial number cannot be answered and is left out. */
function readRevocationRequests(
  body: string | undefined,
): readonly RevocationRequest[] | undefined {
  const object = jsonObject(body);
  const items = object && property(object, "value");
  return Array.isArray(items) ? items.flatMap(readRevocationRequest) : undefined;
}

function readRevocationRequest(item: unknown): RevocationRequest[] {
  const object = asObject(item);
  const requestContext = object && textProperty(object, "requestContext");
  const serialNumber = object && textProperty(object, "serialNumber");
  if (!object || !requestContext || !serialNumber) return [];
  const issuerName = textProperty(object, "issuerName");
  const caConfiguration = textProperty(object, "caConfiguration");
  return [
    {
      requestContext,
      serialNumber: serialNumber.slice(0, 200),
      ...(issuerName !== undefined && { issuerName: issuerName.slice(0, 300) }),
      ...(caConfiguration !== undefined && { caConfiguration: caConfiguration.slice(0, 300) }),
    },
  ];
}

const uploadBody = (results: readonly RevocationResult[]): string =>
  JSON.stringify({
    results: results.map(({ requestContext, errorCode, errorMessage }) => ({
      requestContext,
      succeeded: errorCode === "None",
      errorCode,
      errorMessage: errorMessage === undefined ? null : clipped(errorMessage, 255),
    })),
  });

/** Only `true` means recorded; some versions spell it as a string. */
function readUploadAnswer(body: string | undefined): boolean {
  const object = jsonObject(body);
  const value = object && property(object, "value");
  return value === true || (typeof value === "string" && value.toLowerCase() === "true");
}

const action = { service: "pki", secrets: () => [], describe: () => undefined } as const;

export const downloadAction = (limit: number): Action<readonly RevocationRequest[]> => ({
  ...action,
  hop: "revocation-download",
  path: "/CertificateAuthorityRequests/downloadRevocationRequests",
  body: downloadBody(limit),
  read: (body) => {
    const requests = readRevocationRequests(body);
    return requests && ok(requests);
  },
});

export const uploadAction = (results: readonly RevocationResult[]): Action<boolean> => ({
  ...action,
  hop: "revocation-upload",
  path: "/CertificateAuthorityRequests/uploadRevocationResults",
  body: uploadBody(results),
  read: (body) => ok(readUploadAnswer(body)),
});
