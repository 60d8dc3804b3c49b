/** Multi-use tokens: what a challenge allows. Uses are counted in the CA's object, not here. */
import type { DistinguishedName } from "../pki/distinguished-name.ts";
import type { GeneralName } from "../pki/general-name.ts";

export interface ScepToken {
  readonly id: string;
  readonly tenantId: string;
  readonly configurationId: string;
  /** The fixed components, least specific first; what is more specific is free. */
  readonly subject: DistinguishedName;
  /** A request may carry a subset of these. A DNS name may begin with `*.`: any name below it. */
  readonly subjectAltNames: readonly GeneralName[];
  /** Absent: as often as liked until it expires. */
  readonly maxUses?: number;
  readonly expiresAt: Date;
  readonly revokedAt?: Date;
}

export interface TokenStore {
  /** @param challengeHash SHA-256 of the challenge, 32 bytes. Searched inside the configuration only. */
  findTokenByChallenge(
    configurationId: string,
    challengeHash: Uint8Array,
  ): Promise<ScepToken | undefined>;
}
