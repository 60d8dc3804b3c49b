/** One request of a signed-in person, as the pages see it. */
import type { Context } from "hono";
import {
  allows,
  type OperatorAccess,
  permit,
  type TenantAccess,
} from "../../administration/access.ts";
import type { TenantPermission } from "../../administration/permissions.ts";
import type { Outcome, Refusal } from "../../administration/refusal.ts";
import type { SignedIn } from "../../administration/sessions.ts";
import type { PageRequest } from "../../ports/page.ts";
import type { Tenant } from "../../ports/tenant-store.ts";
import type { PortalDependencies } from "./dependencies.ts";
import { Fields, readForm } from "./fields.ts";
import { type Notice, type Texts, texts } from "./texts/texts.ts";

/** A use case said no, and the page has nothing better to do than to say so. */
export class RefusedVisit extends Error {
  override readonly name = "RefusedVisit";
  constructor(
    readonly refusal: Refusal,
    /** As far as the visitor had got; absent: not into a tenant. */
    readonly visit?: Visit,
  ) {
    super(refusal.detail);
  }
}

/** The value; a refusal becomes a page that tells it. Forms look at the outcome themselves instead. */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw new RefusedVisit(outcome.error);
}

const rowsOfPage = 50;

export class Visit {
  readonly texts: Texts = texts;

  constructor(
    readonly dependencies: PortalDependencies,
    readonly context: Context,
    readonly signedIn: SignedIn,
  ) {}

  get actor() {
    return this.signedIn.actor;
  }

  /** A part of the path. */
  parameter(name: string): string {
    return this.context.req.param(name) ?? "";
  }

  /** Undefined when absent or empty. */
  query(name: string): string | undefined {
    return this.context.req.query(name)?.slice(0, 300) || undefined;
  }

  /** What was sent with the form. */
  async fields(): Promise<Fields> {
    return new Fields(await readForm(this.context));
  }

  /** The page of a list that the query asks for. */
  page(limit = rowsOfPage): PageRequest {
    return { cursor: this.query("cursor"), limit };
  }

  /** Where to go after a change, so that loading again repeats nothing. */
  redirect(href: string, notice?: Notice): Response {
    const separator = href.includes("?") ? "&" : "?";
    return this.context.redirect(
      notice === undefined ? href : `${href}${separator}notice=${notice}`,
      303,
    );
  }
}

export class OperatorVisit extends Visit {
  constructor(
    visit: Visit,
    readonly access: OperatorAccess,
  ) {
    super(visit.dependencies, visit.context, visit.signedIn);
  }
}

export class TenantVisit<Allowed extends TenantPermission> extends Visit {
  constructor(
    visit: Visit,
    readonly access: TenantAccess<Allowed>,
    readonly tenant: Tenant,
  ) {
    super(visit.dependencies, visit.context, visit.signedIn);
  }

  /** @param path begins with a slash: an address of this tenant's pages */
  href(path = ""): string {
    return `/portal/tenants/${this.tenant.id}${path}`;
  }

  /** Whether to show a button. */
  may(permission: TenantPermission): boolean {
    return allows(this.access, permission);
  }

  /** For what a page does beside its main purpose. */
  permit<Wanted extends TenantPermission>(
    ...wanted: readonly Wanted[]
  ): Outcome<TenantAccess<Wanted>> {
    return permit(this.access, ...wanted);
  }
}
