export const signIn = {
  title: "Sign in",
  withProvider: "Sign in with your organisation's account",
  tenantProvider: "Sign in by your tenant",
  tenantProviderHint:
    "If your organisation has its own identity provider here, give the tenant's ID; your administrator knows it.",
  tenantId: "Tenant ID",
  continue: "Continue",
  continueAt: (host: string) => `Continue at ${host}`,
  development: "Sign in as one of the demo's people",
  developmentHint:
    "This server runs for development, on this computer only. Everywhere else people sign in with their organisation's account.",
  nobody: "There are no members yet",
  nobodyHint: "npm start makes the demo's people; POST /api/v1/members adds an operator.",
  unset: "Nobody can sign in yet",
  unsetHint:
    "The operator of this deployment has to set an identity provider (OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET) or Cloudflare Access (ACCESS_TEAM_DOMAIN, ACCESS_AUDIENCE).",
  failedTitle: "The sign-in did not succeed",
  again: "Try again",
  unknownTenant: "No tenant with this ID has an identity provider of its own. Check the ID.",
  tooLate: "The sign-in took longer than ten minutes, or began in another browser.",
  providerRefused: "The identity provider did not sign you in:",
  providerUnreachable: "The identity provider could not be reached. Try again in a minute.",
  answerRefused: "The identity provider's answer was not valid, so it was not believed.",
  noMail:
    "The identity provider did not tell a verified mail address, by which members are known. If it never says that it verified one (Entra ID does not), whoever set it here can state that its addresses are to be trusted.",
  accessTitle: "Please come in through Cloudflare Access",
  access:
    "This portal opens for requests that Cloudflare Access has let through. This one carries no valid proof of that.",
  noMembershipTitle: "You are signed in, but a member of nothing yet",
  noMembership: (mail: string) =>
    `Ask your tenant's administrator to add ${mail} as a member, then load this page again.`,
};
