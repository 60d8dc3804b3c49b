/** The one-time link: whoever holds it may see a token's challenge, once. The challenge is made at that moment. */
import { type DistinguishedName, formatDistinguishedName } from "../pki/distinguished-name.ts";
import type { GeneralName } from "../pki/general-name.ts";
import { toHex } from "../pki/bytes.ts";
import { type ConfigurationUrls, configurationUrls } from "./configuration-urls.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import { hashSecret, randomChallenge } from "./secrets.ts";

/** All that a client needs to enrol. */
export interface Revealed extends ConfigurationUrls {
  readonly challenge: string;
  readonly configurationName: string;
  /** RFC 4514; may be partial or empty. */
  readonly subject: string;
  /** The same, least specific component first. */
  readonly name: DistinguishedName;
  readonly subjectAltNames: readonly GeneralName[];
  readonly maxUses?: number;
  readonly expiresAt: Date;
}

type LinkNeeds = Needs<"oneTimeLinks" | "clock">;

/** Looking changes nothing: mail scanners follow links. */
export async function isRedeemable(
  { oneTimeLinks, clock }: LinkNeeds,
  secret: string,
): Promise<boolean> {
  return (
    (await oneTimeLinks.findRedeemableToken(await hashSecret(secret), clock.now())) !== undefined
  );
}

/** Undefined when the link is unknown, used or expired, or its token ended. */
export async function redeem(
  dependencies: LinkNeeds & Needs<"configurations" | "publicHttpOrigin" | "publicHttpsOrigin">,
  secret: string,
): Promise<Revealed | undefined> {
  const { oneTimeLinks, configurations, clock } = dependencies;
  const at = clock.now();
  const linkHash = await hashSecret(secret);
  const token = await oneTimeLinks.findRedeemableToken(linkHash, at);
  const configuration =
    token && (await configurations.findConfiguration(token.tenantId, token.configurationId));
  if (!token || !configuration) return undefined;

  const challenge = randomChallenge();
  const redeemed = await oneTimeLinks.redeem(
    { linkHash, challengeHash: await hashSecret(challenge), at },
    {
      id: createId(at),
      tenantId: token.tenantId,
      at,
      // The beginning of the link's hash tells links apart and opens nothing.
      actor: { kind: "one-time-link", id: toHex(linkHash.subarray(0, 8)) },
      action: "token.redeemed",
      targetId: token.id,
      details: { configuration: configuration.name },
    },
  );
  if (!redeemed) return undefined;
  return {
    ...configurationUrls(dependencies, configuration),
    challenge,
    configurationName: configuration.displayName,
    subject: formatDistinguishedName(token.subject),
    name: token.subject,
    subjectAltNames: token.subjectAltNames,
    ...(token.maxUses === undefined ? {} : { maxUses: token.maxUses }),
    expiresAt: token.expiresAt,
  };
}
