export const settings = {
  title: "Settings",
  tenantId: "Tenant ID",
  created: "Created",
  entitlements: "Entitlements",
  entitlementsHint: "Switched by the operator of this deployment.",
  none: "none",
  nameTitle: "Name",
  name: "Tenant name",
  nameHint: "On every page, and in the subject of enrolment agents that are issued from now on.",
  save: "Save",
  renamed: "The tenant was renamed.",
  providerTitle: "Identity provider",
  providerLead:
    "Members may sign in with your own OpenID Connect provider (Entra ID, Google, Keycloak, …). It vouches for members of this tenant only.",
  providerNone: "None: members sign in with the deployment's provider.",
  redirectUri: "Redirect URI to register at the provider",
  signInAddress: "Sign-in address for your members",
  issuer: "Issuer",
  issuerHint:
    "As in the provider's metadata, for Entra ID https://login.microsoftonline.com/<directory ID>/v2.0.",
  clientId: "Client ID",
  clientSecret: "Client secret",
  clientSecretHint:
    "Stored encrypted and never shown again. To replace it, set the provider anew: whoever came in by it then signs in again.",
  trustEmail: "Trust its mail addresses",
  trustEmailHint:
    "For providers that do not say email_verified, such as Entra ID. Only where people cannot choose their own address.",
  yes: "Yes",
  no: "No: it has to say that it verified them",
  set: "Set identity provider",
  providerSet: "The identity provider was set. Try it in another browser before you sign out here.",
  remove: "Remove identity provider",
  removeTitle: "Remove the identity provider?",
  removeText:
    "Members who came in by it are signed out, and those who know no other way cannot sign in any more.",
  providerRemoved: "The identity provider was removed.",
};
