/** Certificates issued through a tenant's configurations. The inventory is in the CAs' objects; a CA may be shared. */
import type { CertificateRecord } from "../ports/certificate-authority.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { definedFields } from "./defined-fields.ts";
import type { Needs } from "./dependencies.ts";
import { notFound, type Outcome } from "./refusal.ts";

export type NamedCertificate = CertificateRecord & { readonly configurationName: string };

type InventoryNeeds = Needs<"configurations" | "authorities">;

interface IssuingAuthority {
  readonly id: string;
  /** Names by id of the tenant's configurations on this CA: only through these may it be asked. */
  readonly configurations: ReadonlyMap<string, string>;
}

/** The CAs are read one after the other; the cursor is `<CA>.<that CA's cursor>`. */
export async function searchCertificates(
  { configurations, authorities }: InventoryNeeds,
  access: TenantAccess,
  text: string | undefined,
  page: PageRequest,
): Promise<Page<NamedCertificate>> {
  const [startId = "", ...inner] = (page.cursor ?? "").split(".");
  const issuing = (await issuingAuthorities({ configurations }, access)).filter(
    ({ id }) => id >= startId,
  );
  const items: NamedCertificate[] = [];
  for (const authority of issuing) {
    if (items.length >= page.limit) return { items, nextCursor: `${authority.id}.` };
    const found = await authorities.get(authority.id).searchCertificates({
      ...definedFields({
        text,
        cursor: authority.id === startId ? inner.join(".") || undefined : undefined,
      }),
      configurationIds: [...authority.configurations.keys()],
      limit: page.limit - items.length,
    });
    items.push(...found.items.flatMap((record) => ownRecord(authority, record)));
    if (found.nextCursor !== undefined)
      return { items, nextCursor: `${authority.id}.${found.nextCursor}` };
  }
  return { items };
}

export async function findCertificate(
  { configurations, authorities }: InventoryNeeds,
  access: TenantAccess,
  serialNumberHex: string,
): Promise<Outcome<NamedCertificate>> {
  for (const authority of await issuingAuthorities({ configurations }, access)) {
    const record = await authorities.get(authority.id).findCertificate(serialNumberHex);
    const [own] = record ? ownRecord(authority, record) : [];
    if (own) return ok(own);
  }
  return notFound("certificate");
}

/** Nothing, when the certificate was issued through a configuration that is not the tenant's. */
function ownRecord(authority: IssuingAuthority, record: CertificateRecord): NamedCertificate[] {
  const configurationName = authority.configurations.get(record.configurationId ?? "");
  return configurationName === undefined ? [] : [{ ...record, configurationName }];
}

async function issuingAuthorities(
  { configurations }: Needs<"configurations">,
  access: TenantAccess,
): Promise<IssuingAuthority[]> {
  const byAuthority = new Map<string, Map<string, string>>();
  for (const { id, name, certificateAuthorityId } of await configurations.listIssuingConfigurations(
    access.tenantId,
  )) {
    const names = byAuthority.get(certificateAuthorityId) ?? new Map<string, string>();
    byAuthority.set(certificateAuthorityId, names.set(id, name));
  }
  return [...byAuthority]
    .map(([id, names]) => ({ id, configurations: names }))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
}
