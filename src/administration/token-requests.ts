/** Token requests: asked for, then approved or rejected. Approval makes the token and its one-time link. */
import { formatDistinguishedName } from "../pki/distinguished-name.ts";
import { type GeneralName, type GeneralNameType, parseGeneralName } from "../pki/general-name.ts";
import type { OrderedPageRequest, Page } from "../ports/page.ts";
import type { TokenRequest, TokenRequestFilter } from "../ports/token-request-store.ts";
import { ok } from "../result.ts";
import { permit, type TenantAccess } from "./access.ts";
import { actorName } from "./actor.ts";
import { auditEvent } from "./audit-events.ts";
import { type WithConfigurationName, withConfigurationNames } from "./configuration-names.ts";
import { decoded } from "./decoded.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import { deliverMails, type DeliveryNeeds } from "./mail-delivery.ts";
import { createTokenLink } from "./one-time-links.ts";
import { noticeMails } from "./outgoing-mails.ts";
import { conflict, invalid, notFound, type Outcome } from "./refusal.ts";
import { parseSubject } from "./subject.ts";

const day = 24 * 3600_000;
const defaultLifeDays = 365;
const longestLifeDays = 3650;

type MailingNeeds = Needs<
  | "configurations"
  | "tokenRequests"
  | "tenants"
  | "notificationAddresses"
  | "members"
  | "background"
> &
  DeliveryNeeds;

export interface NewTokenRequest {
  readonly configuration: string;
  /** RFC 4514, any part of a subject; what is more specific is free. */
  readonly subject: string;
  readonly subjectAlternativeNames: readonly {
    readonly type: GeneralNameType;
    readonly value: string;
  }[];
  readonly contactEmail: string;
  readonly maxUses?: number | undefined;
  readonly expiresAt?: Date | undefined;
}

export type NamedTokenRequest = WithConfigurationName<TokenRequest>;

export async function createTokenRequest(
  dependencies: MailingNeeds,
  access: TenantAccess<"token-request.create">,
  input: NewTokenRequest,
): Promise<Outcome<NamedTokenRequest>> {
  const { configurations, tokenRequests, tenants, clock, background } = dependencies;
  const configuration = await configurations.findConfiguration(
    access.tenantId,
    input.configuration,
  );
  if (!configuration) return invalid("configuration", "There is no such SCEP configuration.");
  if (configuration.kind !== "simple") {
    return invalid(
      "configuration",
      "Intune authorises the requests of this configuration; it has no tokens.",
    );
  }
  const subject = parseSubject("subject", input.subject);
  if (!subject.ok) return subject;
  const subjectAltNames = parseAlternativeNames(input);
  if (!subjectAltNames.ok) return subjectAltNames;
  const now = clock.now();
  const expiresAt = input.expiresAt ?? new Date(now.getTime() + defaultLifeDays * day);
  if (expiresAt <= now) return invalid("expiresAt", "The token would have expired already.");
  if (expiresAt.getTime() > now.getTime() + longestLifeDays * day) {
    return invalid("expiresAt", `A token lives ${longestLifeDays} days at most.`);
  }

  const { contactEmail, maxUses } = input;
  const request: TokenRequest = {
    id: createId(now),
    tenantId: access.tenantId,
    configurationId: configuration.id,
    subject: subject.value,
    subjectAltNames: subjectAltNames.value,
    contactEmail,
    ...definedFields({ maxUses }),
    expiresAt,
    status: "pending",
    requestedBy: actorName(access.actor),
    createdAt: now,
  };
  const details = {
    configuration: configuration.name,
    subject: input.subject,
    contactEmail,
    maxUses,
    expiresAt,
  };
  const tenant = await tenants.findTenant(access.tenantId);
  const mails = await noticeMails(dependencies, {
    tenantId: access.tenantId,
    concern: "approvals",
    message: {
      kind: "token-request-waiting",
      tenantName: tenant?.name ?? "",
      configuration: configuration.name,
      subject: formatDistinguishedName(subject.value),
      contactEmail,
    },
    about: request.id,
    at: now,
  });
  await tokenRequests.createTokenRequest(
    request,
    mails,
    auditEvent(access, now, "token-request.created", request.id, details),
  );
  if (mails.length > 0) background.run(() => deliverMails(dependencies));
  return ok({ ...request, configurationName: configuration.name });
}

function parseAlternativeNames({
  subjectAlternativeNames,
}: NewTokenRequest): Outcome<GeneralName[]> {
  const names: GeneralName[] = [];
  for (const [index, { type, value }] of subjectAlternativeNames.entries()) {
    const name = decoded(`subjectAlternativeNames.${index}.value`, () =>
      parseGeneralName(type, value),
    );
    if (!name.ok) return name;
    names.push(name.value);
  }
  return ok(names);
}

export interface Approval {
  readonly request: NamedTokenRequest;
  readonly tokenId: string;
  /** Contains a secret: shown in this answer only. */
  readonly redeemUrl: string;
  readonly redeemUntil: Date;
}

export async function approveTokenRequest(
  dependencies: MailingNeeds,
  access: TenantAccess<"token-request.approve">,
  id: string,
): Promise<Outcome<Approval>> {
  const { tokenRequests, clock, background } = dependencies;
  const found = await locateTokenRequest(dependencies, access, id);
  if (!found.ok) return found;
  // Two pairs of eyes, unless the role says that one is enough.
  if (found.value.requestedBy === actorName(access.actor)) {
    const own = permit(access, "token-request.approve-own");
    if (!own.ok) return own;
  }
  const now = clock.now();
  if (found.value.expiresAt <= now) return conflict("The token would have expired already.");
  const tokenId = createId(now);
  const link = await createTokenLink(dependencies, found.value, tokenId, now);
  const linkExpiresAt = link.expiresAt;
  const { configurationId, subject, subjectAltNames, maxUses, expiresAt } = found.value;
  const approved = await tokenRequests.approveTokenRequest(
    access.tenantId,
    id,
    {
      token: {
        id: tokenId,
        tenantId: access.tenantId,
        configurationId,
        subject,
        subjectAltNames,
        ...definedFields({ maxUses }),
        expiresAt,
        createdAt: now,
      },
      linkHash: link.linkHash,
      linkExpiresAt,
      approvedBy: actorName(access.actor),
      mail: link.mail,
    },
    auditEvent(access, now, "token-request.approved", id, { tokenId, linkExpiresAt }),
  );
  if (!approved) return alreadyDecided;
  background.run(() => deliverMails(dependencies));
  return ok({
    request: { ...found.value, status: "approved", tokenId },
    tokenId,
    redeemUrl: link.redeemUrl,
    redeemUntil: linkExpiresAt,
  });
}

/** @param reason for who asked */
export async function rejectTokenRequest(
  dependencies: Needs<"configurations" | "tokenRequests" | "clock">,
  access: TenantAccess<"token-request.approve">,
  id: string,
  reason: string | undefined,
): Promise<Outcome<NamedTokenRequest>> {
  const { tokenRequests, clock } = dependencies;
  const found = await locateTokenRequest(dependencies, access, id);
  if (!found.ok) return found;
  const why = definedFields({ reason });
  const decision = { by: actorName(access.actor), ...why };
  const event = auditEvent(access, clock.now(), "token-request.rejected", id, why);
  if (!(await tokenRequests.rejectTokenRequest(access.tenantId, id, decision, event)))
    return alreadyDecided;
  const decided = definedFields({ decidedBy: decision.by, decisionReason: reason });
  return ok({ ...found.value, status: "rejected", ...decided });
}

const alreadyDecided = conflict("This request has been decided already.");

export const findTokenRequest = (
  dependencies: Needs<"configurations" | "tokenRequests">,
  access: TenantAccess<"token-request.read">,
  id: string,
): Promise<Outcome<NamedTokenRequest>> => locateTokenRequest(dependencies, access, id);

/** For a use case that has its own permission. */
export async function locateTokenRequest(
  dependencies: Needs<"configurations" | "tokenRequests">,
  access: TenantAccess,
  id: string,
): Promise<Outcome<NamedTokenRequest>> {
  const request = await dependencies.tokenRequests.findTokenRequest(access.tenantId, id);
  const [named] = await withConfigurationNames(dependencies, access, request ? [request] : []);
  return named ? ok(named) : notFound("token request");
}

export async function listTokenRequests(
  dependencies: Needs<"configurations" | "tokenRequests">,
  access: TenantAccess<"token-request.read">,
  filter: TokenRequestFilter,
  page: OrderedPageRequest,
): Promise<Page<NamedTokenRequest>> {
  const requests = await dependencies.tokenRequests.listTokenRequests(
    access.tenantId,
    filter,
    page,
  );
  return { ...requests, items: await withConfigurationNames(dependencies, access, requests.items) };
}
