/**
 * CertificateList (RFC 5280, section 5). A list may have hundreds of thousands of entries, so they are encoded in slices
 * by whoever can pause in between. Pure.
 */
import { concatenate } from "./bytes.ts";
import { crlReasonCodes, type RevocationReason } from "./crl-reason.ts";
import {
  bitString,
  constructed,
  encode,
  encodeElement,
  octetString,
  primitive,
  sequence,
  smallInteger,
  time,
  unsignedInteger,
} from "./der-writer.ts";
import { constructedContext, primitiveContext, tags } from "./der-tags.ts";
import { oidDer, oids } from "./oids.ts";

export interface RevokedCertificate {
  /** Big-endian magnitude. */
  readonly serialNumber: Uint8Array;
  readonly revokedAtSeconds: number;
  readonly reason: RevocationReason;
}

export interface TbsCertList {
  readonly signatureAlgorithmDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
  readonly authorityKeyIdentifier: Uint8Array;
  /** Only grows (section 5.2.3). */
  readonly number: number;
  /** What `encodeRevokedCertificates` made of each slice. */
  readonly revokedCertificates: readonly Uint8Array[];
}

const reasonExtensions = new Map<RevocationReason, Uint8Array>(
  (Object.keys(crlReasonCodes) as RevocationReason[]).map((reason) => {
    const code = encodeElement(tags.ENUMERATED, Uint8Array.of(crlReasonCodes[reason]));
    return [reason, encode(sequence(sequence(oidDer(oids.cRLReason), octetString(code))))];
  }),
);

/** Entries one after the other, without what is around them. */
export const encodeRevokedCertificates = (entries: readonly RevokedCertificate[]): Uint8Array =>
  concatenate(
    entries.map(({ serialNumber, revokedAtSeconds, reason }) =>
      encode(
        sequence(
          unsignedInteger(serialNumber),
          time(revokedAtSeconds),
          // To say unspecified, the extension is left out (section 5.3.1).
          reason === "unspecified" ? undefined : reasonExtensions.get(reason),
        ),
      ),
    ),
  );

export function buildTbsCertList(list: TbsCertList): Uint8Array {
  const number = encode(unsignedInteger(bigEndian(list.number)));
  const keyIdentifier = encode(
    sequence(primitive(primitiveContext(0), list.authorityKeyIdentifier)),
  );
  return encode(
    sequence(
      smallInteger(1),
      list.signatureAlgorithmDer,
      list.issuerDer,
      time(list.thisUpdateSeconds),
      time(list.nextUpdateSeconds),
      // An empty list has no such field (section 5.1.2.6).
      list.revokedCertificates.length > 0 ? sequence(...list.revokedCertificates) : undefined,
      constructed(constructedContext(0), [
        sequence(
          sequence(oidDer(oids.authorityKeyIdentifier), octetString(keyIdentifier)),
          sequence(oidDer(oids.cRLNumber), octetString(number)),
        ),
      ]),
    ),
  );
}

function bigEndian(number: number): Uint8Array {
  const octets: number[] = [];
  for (let rest = number; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.from(octets.length > 0 ? octets : [0]);
}

export const assembleCertificateList = (
  tbsDer: Uint8Array,
  signatureAlgorithmDer: Uint8Array,
  signature: Uint8Array,
): Uint8Array => encode(sequence(tbsDer, signatureAlgorithmDer, bitString(signature)));
