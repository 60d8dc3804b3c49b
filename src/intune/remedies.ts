/** What to do about each thing that can be set up wrongly: where to click in Microsoft's portals, or what to change here. */
import type { IntuneConnection } from "../ports/intune-connection.ts";
import type { IntuneFailure, IntuneHop, IntuneProblem } from "../ports/intune-service.ts";

const certificatesAndSecrets =
  "Entra admin center > App registrations > the app > Certificates & secrets";
const permissions = "Entra admin center > App registrations > the app > API permissions";

const remedies: Readonly<Record<IntuneProblem, string>> = {
  secret_expired: `${certificatesAndSecrets} > New client secret; then give its Value to this connection.`,
  secret_wrong: `${certificatesAndSecrets}: give this connection the secret's Value. The Secret ID beside it, which has the form of a GUID, does not work. The Value is shown once; make a new secret when it is lost.`,
  certificate_unknown: `${certificatesAndSecrets} > Certificates > Upload certificate: upload the connection's current certificate.`,
  credential_missing:
    "Give the connection a client secret, or have a certificate credential made for it.",
  credential_unreadable:
    "Put the MASTER_KEYS version back that this credential was stored under, or give the connection a new credential.",
  app_not_in_directory:
    "Compare Entra Application ID and Entra Tenant ID with the app's Overview page: the app registration is in another directory, or has been deleted.",
  directory_unknown:
    "Copy the Directory (tenant) ID from the Overview page of the Entra admin center; check the connection's cloud too.",
  intune_resource_unknown:
    "Check that Intune is activated and licensed in this directory (Intune admin center > Tenant administration), and that the connection's cloud is the right one.",
  scope_refused:
    "Check the connection's cloud and endpoints: Entra does not know what is asked for.",
  token_refused:
    "Look for the sign-in in Entra admin center > Monitoring > Sign-in logs > Service principal sign-ins; a Conditional Access policy may refuse it.",
  graph_forbidden: `${permissions} > Microsoft Graph > Application permissions: add ServicePrincipalEndpoint.Read.All (or Application.Read.All), then click "Grant admin consent".`,
  intune_not_activated:
    "Activate Intune in this directory: it has no Microsoft Intune service. Check the connection's cloud too.",
  provider_missing: `Check that Intune is licensed and active, then ${permissions} > Intune > Application permissions: add scep_challenge_provider and click "Grant admin consent". A new directory may need an hour.`,
  service_address_refused:
    "Microsoft Graph named an address that is not one of Microsoft's for this cloud, and no token was sent there. Check the connection's cloud.",
  intune_forbidden: `${permissions} > Intune > Application permissions: add scep_challenge_provider, then click "Grant admin consent". New consent may take minutes.`,
  request_malformed:
    "Microsoft did not understand what was sent: this is ours to mend. Give the activity id to support.",
};

const lostSlash =
  'The Intune resource of this connection has no "/" at its end: Entra registers it with one, so that the scope has two ("…//.default"). Change the connection\'s endpoints. ';

const retryAfterSeconds = 60;

export function remedyOf(problem: IntuneProblem, { cloud }: IntuneConnection): string {
  const isSlashLost = problem === "intune_resource_unknown" && !cloud.intuneResource.endsWith("/");
  return (isSlashLost ? lostSlash : "") + remedies[problem];
}

export const misconfigured = (
  connection: IntuneConnection,
  hop: IntuneHop,
  problem: IntuneProblem,
  detail: string,
): Extract<IntuneFailure, { kind: "misconfigured" }> => ({
  kind: "misconfigured",
  hop,
  problem,
  detail,
  remedy: remedyOf(problem, connection),
  retryAfterSeconds,
});
