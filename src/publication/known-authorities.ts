/** The CAs that this isolate has been asked about, with what OCSP needs to recognise them. */
import type { DigestName } from "../pki/algorithms.ts";
import { equalBytes } from "../pki/bytes.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import type { CertId } from "../pki/ocsp-request.ts";
import type { PublishedAuthority } from "../ports/published-authority-store.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { Needs } from "./dependencies.ts";

export interface KnownAuthority extends PublishedAuthority {
  readonly certificate: Certificate;
  /** Whether a request means a certificate of this CA (RFC 6960, section 4.1.1). */
  issued(certId: CertId): Promise<boolean>;
}

export interface KnownAuthorities {
  /** Undefined alike for a CA that does not exist and one that has no certificate yet. */
  find(id: string): Promise<KnownAuthority | undefined>;
}

/** A chain changes seldom, by an external certificate or a successor. */
const freshMilliseconds = 60_000;
const remembered = 2000;
/** Nothing else is asked of the database. */
const shapeOfId = /^[a-z0-9-]{8,64}$/;

/** Digests that a request may name its issuer with. */
const certIdDigests: ReadonlySet<DigestName> = new Set(["SHA-1", "SHA-256", "SHA-384", "SHA-512"]);

export function createKnownAuthorities({
  publishedAuthorities,
  clock,
}: Needs<"publishedAuthorities" | "clock">): KnownAuthorities {
  const copies = new BoundedMap<{ readonly authority: KnownAuthority; readonly loadedAt: number }>(
    remembered,
  );
  return {
    async find(id) {
      if (!shapeOfId.test(id)) return undefined;
      const copy = copies.get(id);
      const now = clock.now().getTime();
      if (copy && Math.abs(now - copy.loadedAt) < freshMilliseconds) return copy.authority;
      try {
        const found = await publishedAuthorities.findPublishedAuthority(id);
        const authority = found && know(found);
        if (authority) copies.set(id, { authority, loadedAt: now });
        else copies.delete(id);
        return authority;
      } catch (error) {
        // What is public and was signed stays true however old the copy is: revocation does not wait for D1.
        if (copy) return copy.authority;
        throw error;
      }
    },
  };
}

function know(published: PublishedAuthority): KnownAuthority {
  const certificate = parseCertificate(published.chain[0].der);
  // Values, not promises: a promise ends with the request that made it.
  const hashes = new Map<DigestName, IssuerHashes>();
  return {
    ...published,
    certificate,
    async issued({ digest, issuerNameHash, issuerKeyHash }) {
      if (!digest || !certIdDigests.has(digest)) return false;
      const { name, key } = hashes.get(digest) ?? (await issuerHashes(digest, certificate));
      hashes.set(digest, { name, key });
      return equalBytes(name, issuerNameHash) && equalBytes(key, issuerKeyHash);
    },
  };
}

interface IssuerHashes {
  readonly name: Uint8Array;
  readonly key: Uint8Array;
}

async function issuerHashes(
  digest: DigestName,
  { subjectDer, publicKey }: Certificate,
): Promise<IssuerHashes> {
  const [name, key] = await Promise.all([
    crypto.subtle.digest(digest, subjectDer),
    crypto.subtle.digest(digest, publicKey.bits),
  ]);
  return { name: new Uint8Array(name), key: new Uint8Array(key) };
}
