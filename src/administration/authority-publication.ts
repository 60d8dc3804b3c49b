/** What a CA has published, for those who run it. */
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import type { CrlSummary } from "../ports/certificate-revocation.ts";
import type { TenantAccess } from "./access.ts";
import type { Needs } from "./dependencies.ts";

/** @returns undefined when there is none yet; `silent` when the CA's object does not answer, which is logged */
export async function describePublishedCrl(
  { authorities, log }: Needs<"authorities" | "log">,
  _access: TenantAccess<"authority.read">,
  { id }: CertificateAuthorityEntry,
): Promise<CrlSummary | "silent" | undefined> {
  try {
    return await authorities.get(id).describeCrl();
  } catch (error) {
    log.fault(id, error);
    return "silent";
  }
}
