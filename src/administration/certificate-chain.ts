/** A certificate with those above it, as servers and VPN gateways want it in one file. */
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { locateCertificate } from "./certificates.ts";
import type { Needs } from "./dependencies.ts";
import type { InventoryNeeds } from "./issuing-authorities.ts";
import { conflict, notFound, type Outcome } from "./refusal.ts";

/** No hierarchy is deeper. */
const longestChain = 10;

/** The certificate first, then its CA, up to the root. DER. */
export async function chainOfCertificate(
  dependencies: InventoryNeeds & Needs<"authorityDirectory">,
  access: TenantAccess<"certificate.read">,
  serialNumberHex: string,
): Promise<Outcome<readonly Uint8Array[]>> {
  const located = await locateCertificate(dependencies, access, serialNumberHex);
  if (!located) return notFound("certificate");
  const { certificateDer } = located.certificate;
  if (!certificateDer) return conflict("This certificate was never finished, so there is no file.");
  const chain = [certificateDer];
  for (let id: string | undefined = located.authority.id; id && chain.length < longestChain;) {
    const authority = await dependencies.authorityDirectory.findAuthority(access.tenantId, id);
    if (authority?.certificate) chain.push(authority.certificate.der);
    chain.push(...(authority?.externalChain ?? []));
    id = authority?.parentId;
  }
  return ok(chain);
}
