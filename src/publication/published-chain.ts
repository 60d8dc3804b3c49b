/** A CA's certificate and those above it, as files and as people compare them. */
import { toHex, toPem } from "../pki/bytes.ts";
import { describeCertificate } from "../pki/certificate-description.ts";
import { buildCertificatesOnly } from "../pki/cms-signed-data.ts";
import type { PublishedAuthority } from "../ports/published-authority-store.ts";

export interface ShownCertificate {
  /** RFC 4514. */
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Lower-case hexadecimal. */
  readonly sha1: string;
  readonly sha256: string;
  /** Signed by itself. */
  readonly root: boolean;
  /** Present when it is a CA that has a `/pki/` of its own. */
  readonly authorityId?: string;
}

/** From the CA itself up to the root. */
export const showChain = ({
  chain,
}: Pick<PublishedAuthority, "chain">): Promise<readonly ShownCertificate[]> =>
  Promise.all(
    chain.map(async ({ der, authorityId }) => {
      const { subject, issuer, notBefore, notAfter, sha256Fingerprint } =
        await describeCertificate(der);
      return {
        subject,
        notBefore,
        notAfter,
        sha1: toHex(new Uint8Array(await crypto.subtle.digest("SHA-1", der))),
        sha256: sha256Fingerprint,
        root: subject === issuer,
        ...(authorityId !== undefined && { authorityId }),
      };
    }),
  );

export const chainAsPem = ({ chain }: PublishedAuthority): Uint8Array =>
  new TextEncoder().encode(chain.map(({ der }) => toPem("CERTIFICATE", der)).join(""));

/** Degenerate SignedData (RFC 5652, section 5.2): what RFC 5280, section 4.2.2.1 calls a certs-only message. */
export const chainAsPkcs7 = ({ chain }: PublishedAuthority): Uint8Array =>
  buildCertificatesOnly(chain.map(({ der }) => der));
