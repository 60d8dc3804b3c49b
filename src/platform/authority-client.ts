/** The `CertificateAuthorities` port over the objects' RPC: an object's name is its CA's id. */
import type {
  CertificateAuthorities,
  CertificateAuthorityClient,
} from "../ports/certificate-authority.ts";

export function createAuthorityClient(namespace: DurableObjectNamespace): CertificateAuthorities {
  return {
    // The object's class implements this very interface; the stub's own type would not finish computing.
    get: (id) => namespace.getByName(id) as unknown as CertificateAuthorityClient,
  };
}
