/** Certification authorities: finding them. How they are made, signed and ended is in the files named `authority-…`. */
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import type { Needs } from "./dependencies.ts";
import { forbidden, notFound, type Outcome } from "./refusal.ts";

/** @param idOrName of an own or a shared CA */
export async function findCertificateAuthority(
  { authorityDirectory }: Needs<"authorityDirectory">,
  access: TenantAccess<"authority.read">,
  idOrName: string,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const entry = await authorityDirectory.findAuthority(access.tenantId, idOrName);
  return entry ? ok(entry) : notFound("certificate authority");
}

/** As `findCertificateAuthority`, to change it: a shared one is an operator's. */
export async function findChangeableAuthority(
  { authorityDirectory }: Needs<"authorityDirectory">,
  access: TenantAccess<"authority.manage">,
  idOrName: string,
): Promise<Outcome<CertificateAuthorityEntry>> {
  const entry = await authorityDirectory.findAuthority(access.tenantId, idOrName);
  if (!entry) return notFound("certificate authority");
  return entry.tenantId === undefined && access.actor.rank !== "operator"
    ? forbidden("Only an operator may change a shared CA.")
    : ok(entry);
}

export const listCertificateAuthorities = (
  { authorityDirectory }: Needs<"authorityDirectory">,
  access: TenantAccess<"authority.read">,
  page: PageRequest,
): Promise<Page<CertificateAuthorityEntry>> =>
  authorityDirectory.listAuthorities(access.tenantId, page);
