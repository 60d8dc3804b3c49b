/** What GetCert and GetCRL ask for (RFC 8894, sections 3.3.4 and 3.3.5): an IssuerAndSerialNumber. Pure. */
import { toHex } from "../pki/bytes.ts";
import { DecodeError } from "../pki/decode-error.ts";
import { readDer } from "../pki/der-reader.ts";

export interface CertificateQuery {
  readonly issuerDer: Uint8Array;
  /** As serial numbers are written everywhere here: lower case, whole octets, no leading zeros. */
  readonly serialNumberHex: string;
}

export function parseCertificateQuery(bytes: Uint8Array): CertificateQuery {
  const fields = readDer(bytes).fields();
  const issuer = fields.take("SEQUENCE");
  const serialNumber = fields.take("INTEGER").content;
  fields.finish();
  if (serialNumber.length === 0) throw new DecodeError("a serial number without octets");
  return { issuerDer: issuer.der, serialNumberHex: serialNumberHex(serialNumber) };
}

/** @param content the content octets of an INTEGER that is not negative */
export const serialNumberHex = (content: Uint8Array): string =>
  toHex(content).replace(/^(00)+(?=.)/, "");
