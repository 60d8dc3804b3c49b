/** The `CertificateAuthorities` port over the objects' RPC: an object's name is its CA's id, jurisdiction included. */
import { type Jurisdiction, jurisdictions } from "../ports/authority-placement.ts";
import type {
  CertificateAuthorities,
  CertificateAuthorityClient,
} from "../ports/certificate-authority.ts";

export function createAuthorityClient(namespace: DurableObjectNamespace): CertificateAuthorities {
  const narrowed = new Map<Jurisdiction, DurableObjectNamespace>();
  const within = (jurisdiction: Jurisdiction): DurableObjectNamespace => {
    const known = narrowed.get(jurisdiction) ?? namespace.jurisdiction(jurisdiction);
    narrowed.set(jurisdiction, known);
    return known;
  };
  return {
    get(id, locationHint) {
      const jurisdiction = jurisdictionOf(id);
      const place = jurisdiction === undefined ? namespace : within(jurisdiction);
      const stub = place.getByName(id, locationHint === undefined ? {} : { locationHint });
      // The object's class implements this very interface; the stub's own type would not finish computing.
      return stub as unknown as CertificateAuthorityClient;
    },
    supports(jurisdiction) {
      try {
        within(jurisdiction);
        return true;
      } catch {
        // The runtime on a developer's machine knows none.
        return false;
      }
    },
  };
}

/** An id that says so begins with it; the same name without it would be another object, so no other prefix is taken. */
function jurisdictionOf(id: string): Jurisdiction | undefined {
  const prefix = /^([a-z]+)-/.exec(id)?.[1];
  if (prefix === undefined || /^[0-9a-f]{8}$/.test(prefix)) return undefined;
  const found = jurisdictions.find((jurisdiction) => jurisdiction === prefix);
  if (!found) throw new Error(`"${prefix}" in front of a CA's id is no jurisdiction.`);
  return found;
}
