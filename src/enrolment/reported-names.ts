/** Whom a message is about, for the timeline and not for the log line: as far as it was read before it was refused. */
import { DecodeError } from "../pki/decode-error.ts";
import type { CertificationRequest } from "../pki/certification-request.ts";
import { readDer } from "../pki/der-reader.ts";
import { type DistinguishedName, readDistinguishedName } from "../pki/distinguished-name.ts";
import { type GeneralName, readGeneralName } from "../pki/general-name.ts";
import { oids } from "../pki/oids.ts";
import type { ReceivedMessage } from "../scep/received-message.ts";
import { findSigner } from "../scep/verified-message.ts";

export interface ReportedNames {
  readonly subject: DistinguishedName;
  readonly subjectAltNames: readonly GeneralName[];
}

/** What a request that the template refuses asked for; undefined when its subject cannot be read. */
export function namesAskedFor({
  subjectDer,
  extensions,
}: CertificationRequest): ReportedNames | undefined {
  const subject = subjectIn(subjectDer);
  const asked = extensions.get(oids.subjectAltName);
  return subject && { subject, subjectAltNames: asked ? readableNames(asked.value) : [] };
}

/** Of the certificate that signed, or says so: all there is of a message that was refused before it was opened. */
export function namesOfSigner({
  certificates,
  signerInfo,
}: ReceivedMessage): ReportedNames | undefined {
  const signer = readable(() => findSigner(certificates, signerInfo));
  const subject = signer && subjectIn(signer.subjectDer);
  return subject && { subject, subjectAltNames: [] };
}

const subjectIn = (der: Uint8Array): DistinguishedName | undefined =>
  readable(() => readDistinguishedName(readDer(der)));

const readableNames = (value: Uint8Array): GeneralName[] =>
  (readable(() => readDer(value).children()) ?? []).flatMap(
    (element) => readable(() => readGeneralName(element)) ?? [],
  );

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
