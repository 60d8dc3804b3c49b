/** A certification request that no Intune will ever accept: its challenge is made up. */
import { createSigner, generateAuthorityKey } from "../ca/signer.ts";
import { constructedContext, tags } from "../pki/der-tags.ts";
import {
  bitString,
  characterString,
  constructed,
  encode,
  sequence,
  setOf,
  smallInteger,
} from "../pki/der-writer.ts";
import { encodeDistinguishedName, parseDistinguishedName } from "../pki/distinguished-name.ts";
import { oidDer, oids } from "../pki/oids.ts";
import type { IntuneRequest } from "../ports/intune-service.ts";

export async function harmlessRequest(): Promise<IntuneRequest> {
  const { privateKey, publicKey } = await generateAuthorityKey("RSA-2048");
  const spki = (await crypto.subtle.exportKey("spki", publicKey)) as ArrayBuffer;
  const pkcs8 = (await crypto.subtle.exportKey("pkcs8", privateKey)) as ArrayBuffer;
  const signer = await createSigner("RSA-2048", new Uint8Array(pkcs8));
  const challenge = characterString(tags.PrintableString, "Edge SCEP configuration test");
  const info = encode(
    sequence(
      smallInteger(0),
      encodeDistinguishedName(parseDistinguishedName("CN=Edge SCEP configuration test")),
      new Uint8Array(spki),
      constructed(constructedContext(0), [
        sequence(oidDer(oids.challengePassword), setOf([challenge])),
      ]),
    ),
  );
  const signature = await signer.sign(info);
  const certificationRequestDer = encode(sequence(info, signer.algorithmDer, bitString(signature)));
  return { transactionID: `configuration-test-${crypto.randomUUID()}`, certificationRequestDer };
}
