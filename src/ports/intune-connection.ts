/** A tenant's app registration in Microsoft Entra, and where its cloud is: what validates the tenant's Intune requests. */

export type IntuneCloudName = "public" | "us-government" | "china" | "custom";

/** Addresses of one Microsoft cloud. Origins are without a slash at the end. */
export interface IntuneCloud {
  readonly name: IntuneCloudName;
  /** For example `https://login.microsoftonline.com`. */
  readonly loginOrigin: string;
  /** For example `https://graph.microsoft.com`. */
  readonly graphOrigin: string;
  /** The token's resource, with its slash: `https://api.manage.microsoft.com/`. */
  readonly intuneResource: string;
  /**
   * A service address that Microsoft Graph names is used only when its host is one of these or lies below one, and only
   * over https. For example `manage.microsoft.com`.
   */
  readonly serviceHosts: readonly string[];
}

/**
 * How the connection proves itself. Secrets are wrapped here and are unwrapped in intune/ alone, at the moment a token is
 * asked for, so that nothing that holds a connection holds a secret.
 */
export type IntuneCredential = (
  | {
      readonly kind: "client-secret";
      /** Of the row; the additional data of the wrapping. */
      readonly id: string;
      /** The secret's value in UTF-8, wrapped with kind `intune-client-secret`, the connection's tenant and this id. */
      readonly wrappedSecret: Uint8Array;
    }
  | {
      readonly kind: "client-certificate";
      readonly id: string;
      /** PKCS #8 of an RSA key, wrapped with kind `intune-client-key`, the connection's tenant and this id. */
      readonly wrappedKey: Uint8Array;
      readonly certificateDer: Uint8Array;
    }
) & {
  /** Not used any more from then on: a newer one took its place. */
  readonly retiresAt?: Date;
};

export interface IntuneConnection {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly cloud: IntuneCloud;
  /** The Entra tenant: a GUID in lower case. */
  readonly directoryId: string;
  /** The app registration: a GUID in lower case. */
  readonly clientId: string;
  /** Newest first: each is tried in turn, so that an old one serves until the new one is known to Microsoft. */
  readonly credentials: readonly IntuneCredential[];
}
