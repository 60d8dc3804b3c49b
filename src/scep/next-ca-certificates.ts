/** The answer to GetNextCACert (RFC 8894, section 4.7.1): the next CA's certificates, signed by the current CA. */
import { type DigestName, digestAlgorithms } from "../pki/algorithms.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { buildCertificatesOnly, buildSignedData } from "../pki/cms-signed-data.ts";

/** The current CA's key, RSA or EC. */
interface CurrentAuthority {
  readonly algorithmDer: Uint8Array;
  readonly digest: DigestName;
  sign(octets: Uint8Array): Promise<Uint8Array>;
}

/** @param certificateDer that of the current CA, by which clients verify */
export function buildNextCaCertificates(
  certificatesDer: readonly Uint8Array[],
  certificateDer: Uint8Array,
  authority: CurrentAuthority,
): Promise<Uint8Array> {
  return buildSignedData(
    {
      content: buildCertificatesOnly(certificatesDer),
      digest: digestAlgorithms[authority.digest],
      signedAttrs: [],
      issuerAndSerialNumberDer: parseCertificate(certificateDer).issuerAndSerialNumberDer,
      certificateDer,
    },
    {
      signatureAlgorithmDer: authority.algorithmDer,
      // A CA's key has one digest, which is the one named above.
      sign: (_, octets) => authority.sign(octets),
    },
  );
}
