/** Microsoft Graph's list of Intune's services: the two that matter among others, in any order and letter case. */
import { graphError, json } from "./fail.ts";
import type { FakeToken } from "./login.ts";
import type { FakeEndpoint, FakeTenant } from "./tenants.ts";

export const intuneAppId = "0000000a-0000-0000-c000-000000000000";
const readers = ["Application.Read.All", "ServicePrincipalEndpoint.Read.All"];

export const endpointsPath = new RegExp(
  `^/v1\\.0/servicePrincipals(/appId=${intuneAppId}|\\(appId='${intuneAppId}'\\))/endpoints$`,
);

export function answerEndpoints(
  token: FakeToken | undefined,
  url: URL,
  serviceOrigin: string,
): Response {
  if (token?.audience !== "graph")
    throw graphError(401, "InvalidAuthenticationToken", "Access token validation failure.");
  if (!token.roles.some((role) => readers.includes(role)))
    throw graphError(
      403,
      "Authorization_RequestDenied",
      "Insufficient privileges to complete the operation.",
    );
  const { tenant } = token;
  if (!tenant.hasIntune)
    throw graphError(404, "Request_ResourceNotFound", `Resource '${intuneAppId}' does not exist.`);
  if (tenant.graphAnswer !== undefined) return json(tenant.graphAnswer);
  const page = Number(url.searchParams.get("$skiptoken") ?? "0");
  const pages = [tenant.endpoints ?? usualEndpoints(tenant, serviceOrigin), ...tenant.morePages];
  const next = new URL(url);
  next.searchParams.set("$skiptoken", String(page + 1));
  return json({
    "@odata.context": `${url.origin}/v1.0/$metadata#servicePrincipals('x')/endpoints`,
    value: pages[page] ?? [],
    ...(page + 1 < pages.length && { "@odata.nextLink": next.href }),
  });
}

export const scepAddress = ({ unit }: FakeTenant, serviceOrigin: string): string =>
  `${serviceOrigin}/RACerts/StatelessScepRequestValidationService/${unit}`;
export const pkiAddress = ({ unit }: FakeTenant, serviceOrigin: string): string =>
  `${serviceOrigin}/RACerts/StatelessPkiConnectorService/${unit}`;

export const endpoint = (providerName: unknown, uri: unknown): FakeEndpoint => ({
  id: crypto.randomUUID(),
  capability: providerName,
  providerId: intuneAppId,
  providerName,
  providerResourceId: null,
  uri,
});

export function usualEndpoints(tenant: FakeTenant, serviceOrigin: string): FakeEndpoint[] {
  const others = ["DeviceService", "IWService", "SideLoadingKeys", "VppService", "DepService"];
  return [
    ...others.map((name) => endpoint(name, `${serviceOrigin}/${name}`)),
    endpoint(null, null),
    endpoint("scepREQUESTvalidationFEService", scepAddress(tenant, serviceOrigin)),
    { uri: `${serviceOrigin}/nameless` },
    endpoint("PkiConnectorFEService", pkiAddress(tenant, serviceOrigin)),
    endpoint("ReportingService", null),
  ];
}
