/** OCSP requests about a certificate that a CA has issued: one that caches may answer, and any number that none may. */
import { createHash, randomBytes } from "node:crypto";
import { child, read } from "../../test/support/scep-client/der-reader.ts";
import {
  context,
  findAgent,
  getCACert,
  integer,
  nullValue,
  octetString,
  oid,
  readCertificate,
  sequence,
  tag,
  tlv,
} from "../../test/support/scep-client/index.ts";

const sha1 = (octets) => createHash("sha1").update(octets).digest();

/**
 * @param {string} url of a SCEP configuration: its agent's certificate is the one that is asked about
 * @param {string} page the CA's `/pki/`
 */
export async function ocspRequests(url, page) {
  const agent = findAgent(await getCACert(fetch, url));
  const response = await fetch(`${page}ca.cer`);
  const issuer = readCertificate(new Uint8Array(await response.arrayBuffer()));
  const keyBits = child(read(issuer.spki), 1, tag.bitString).content.subarray(1);
  const certId = sequence(
    sequence(oid("1.3.14.3.2.26"), nullValue),
    octetString(sha1(issuer.subject)),
    octetString(sha1(keyBits)),
    integer(agent.serialNumber),
  );
  const list = sequence(sequence(certId));
  const plain = sequence(sequence(list));
  return {
    keptUrl: new URL(`${page}ocsp/${encodeURIComponent(Buffer.from(plain).toString("base64"))}`),
    url: new URL(`${page}ocsp`),
    fresh() {
      const nonce = octetString(octetString(randomBytes(16)));
      const extensions = sequence(sequence(oid("1.3.6.1.5.5.7.48.1.2"), nonce));
      return sequence(sequence(list, tlv(context(2), extensions)));
    },
  };
}
