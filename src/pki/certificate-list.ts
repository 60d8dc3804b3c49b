/** CertificateList (RFC 5280, section 5). Pure. */
import {
  bitString,
  constructed,
  encode,
  octetString,
  primitive,
  sequence,
  smallInteger,
  time,
  unsignedInteger,
} from "./der-writer.ts";
import { constructedContext, primitiveContext } from "./der-tags.ts";
import { oidDer, oids } from "./oids.ts";

export interface TbsCertList {
  readonly signatureAlgorithmDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
  readonly authorityKeyIdentifier: Uint8Array;
  /** Only grows (section 5.2.3). */
  readonly number: number;
}

/** A list without entries: revocation itself comes later. revokedCertificates is absent then (section 5.1.2.6). */
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
