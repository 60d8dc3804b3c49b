/** One-time links are made here, each with the mail that brings it. */
import { formatDistinguishedName } from "../pki/distinguished-name.ts";
import type { OutgoingMail } from "../ports/mail-outbox.ts";
import type { TokenRequest } from "../ports/token-request-store.ts";
import type { WithConfigurationName } from "./configuration-names.ts";
import type { Needs } from "./dependencies.ts";
import { redeemUrl } from "./mail-delivery.ts";
import { hour, linkMail } from "./outgoing-mails.ts";
import { hashSecret, randomSecret } from "./secrets.ts";

const linkLifeHours = 24;

export interface TokenLink {
  /** Contains a secret: shown in one answer and one mail only. */
  readonly redeemUrl: string;
  readonly linkHash: Uint8Array;
  readonly expiresAt: Date;
  readonly mail: OutgoingMail;
}

export async function createTokenLink(
  dependencies: Needs<"tenants" | "keyWrapping" | "publicHttpsOrigin">,
  request: WithConfigurationName<TokenRequest>,
  tokenId: string,
  at: Date,
): Promise<TokenLink> {
  const { tenants, publicHttpsOrigin } = dependencies;
  const secret = randomSecret();
  const expiresAt = new Date(at.getTime() + linkLifeHours * hour);
  const tenant = await tenants.findTenant(request.tenantId);
  const mail = await linkMail(dependencies, {
    tenantId: request.tenantId,
    recipient: request.contactEmail,
    message: {
      kind: "token-approved",
      tenantName: tenant?.name ?? "",
      configuration: request.configurationName,
      subject: formatDistinguishedName(request.subject),
      linkExpiresAt: expiresAt.toISOString(),
    },
    tokenId,
    secret,
    at,
  });
  const linkHash = await hashSecret(secret);
  return { redeemUrl: redeemUrl(publicHttpsOrigin, secret), linkHash, expiresAt, mail };
}
