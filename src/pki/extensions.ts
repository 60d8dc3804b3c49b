/** Extensions (RFC 5280, section 4.2): reading a list of them, and building the ones we issue. Pure. */
import { DecodeError } from "./decode-error.ts";
import { type DerElement, readDer } from "./der-reader.ts";
import { constructedContext, primitiveContext, tags } from "./der-tags.ts";
import {
  characterString,
  constructed,
  type DerPart,
  encode,
  octetString,
  primitive,
  sequence,
} from "./der-writer.ts";
import { keyUsageContent } from "./key-usage.ts";
import { oidDer, oids, readOid } from "./oids.ts";

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** The DER inside extnValue. */
  readonly value: Uint8Array;
}

/** @param list the SEQUENCE OF Extension; an extension that comes twice is refused (RFC 5280, section 4.2) */
export function readExtensions(list: DerElement): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  for (const element of list.children()) {
    const fields = element.fields();
    const oid = readOid(fields.take("OBJECT IDENTIFIER").content);
    const critical = fields.optional("BOOLEAN")?.content[0];
    const value = fields.take("OCTET STRING").content;
    fields.finish();
    if (extensions.has(oid)) throw new DecodeError(`extension ${oid} comes twice`);
    extensions.set(oid, { oid, critical: critical !== undefined && critical !== 0, value });
  }
  return extensions;
}

const derTrue = Uint8Array.of(tags.BOOLEAN, 1, 0xff);

const extension = (oid: string, critical: boolean, value: DerPart): Uint8Array =>
  encode(sequence(oidDer(oid), critical ? derTrue : undefined, octetString(encode(value))));

/** cA FALSE is the DEFAULT and so is not written: an empty SEQUENCE. */
export const endEntityBasicConstraints = extension(oids.basicConstraints, true, sequence());

export const certificationAuthorityBasicConstraints = (pathLength?: number): Uint8Array =>
  extension(
    oids.basicConstraints,
    true,
    sequence(
      derTrue,
      pathLength === undefined ? undefined : primitive(tags.INTEGER, Uint8Array.of(pathLength)),
    ),
  );

/** Critical (RFC 5280, section 4.2.1.10). @param nameConstraintsDer as name-constraints.ts writes it */
export const nameConstraintsExtension = (nameConstraintsDer: Uint8Array): Uint8Array =>
  extension(oids.nameConstraints, true, nameConstraintsDer);

export const keyUsageExtension = (bits: number): Uint8Array =>
  extension(oids.keyUsage, true, primitive(tags["BIT STRING"], keyUsageContent(bits)));

export const extendedKeyUsageExtension = (purposes: readonly string[]): Uint8Array =>
  extension(oids.extendedKeyUsage, false, sequence(...purposes.map(oidDer)));

/** @param generalNamesDer the SEQUENCE OF GeneralName; critical when the subject is empty (RFC 5280, section 4.2.1.6) */
export const subjectAltNameExtension = (
  generalNamesDer: Uint8Array,
  critical: boolean,
): Uint8Array => extension(oids.subjectAltName, critical, generalNamesDer);

/** @param policiesDer the SEQUENCE OF PolicyInformation (RFC 5280, section 4.2.1.4) */
export const certificatePoliciesExtension = (policiesDer: Uint8Array): Uint8Array =>
  extension(oids.certificatePolicies, false, policiesDer);

/** PolicyInformation, with a CPS pointer where there is one. */
export const policyInformation = (policy: string, cpsUri: string | undefined): DerPart =>
  sequence(
    oidDer(policy),
    cpsUri === undefined
      ? undefined
      : sequence(sequence(oidDer(oids.cpsQualifier), characterString(tags.IA5String, cpsUri))),
  );

export const subjectKeyIdentifierExtension = (identifier: Uint8Array): Uint8Array =>
  extension(oids.subjectKeyIdentifier, false, octetString(identifier));

export const authorityKeyIdentifierExtension = (identifier: Uint8Array): Uint8Array =>
  extension(
    oids.authorityKeyIdentifier,
    false,
    sequence(primitive(primitiveContext(0), identifier)),
  );

const uniformResourceIdentifier = (address: string): DerPart =>
  characterString(primitiveContext(6), address);

/** One distribution point, full name (RFC 5280, section 4.2.1.13). */
export const cRLDistributionPointsExtension = (address: string): Uint8Array =>
  extension(
    oids.cRLDistributionPoints,
    false,
    sequence(
      sequence(
        constructed(constructedContext(0), [
          constructed(constructedContext(0), [uniformResourceIdentifier(address)]),
        ]),
      ),
    ),
  );

/** Where to ask about a certificate, and where its issuer's is (RFC 5280, section 4.2.2.1). */
export function authorityInfoAccessExtension({
  ocsp,
  caIssuers,
}: {
  readonly ocsp?: string;
  readonly caIssuers?: string;
}): Uint8Array {
  const description = (method: string, address: string | undefined): DerPart | undefined =>
    address === undefined
      ? undefined
      : sequence(oidDer(method), uniformResourceIdentifier(address));
  return extension(
    oids.authorityInfoAccess,
    false,
    sequence(description(oids.accessOcsp, ocsp), description(oids.accessCaIssuers, caIssuers)),
  );
}

/** Its answers' readers ask nobody about the responder itself (RFC 6960, section 4.2.2.2.1). */
export const ocspNoCheckExtension = extension(
  oids.ocspNoCheck,
  false,
  primitive(tags.NULL, new Uint8Array(0)),
);
/** The SEQUENCE OF Extension, as an extensionRequest has it (RFC 2985, section 5.4.2). */
export const extensionList = (extensions: readonly Uint8Array[]): DerPart =>
  sequence(...extensions);

/** The SEQUENCE OF Extension in its [3] EXPLICIT wrapper, as TBSCertificate has it. */
export const certificateExtensions = (extensions: readonly Uint8Array[]): DerPart =>
  constructed(constructedContext(3), [extensionList(extensions)]);

/** The BIT STRING content of a KeyUsage extension. */
export function readBitString(value: Uint8Array): Uint8Array {
  const element = readDer(value);
  if (element.tag !== tags["BIT STRING"]) throw new DecodeError("not a BIT STRING");
  return element.content;
}

export function readExtendedKeyUsage(value: Uint8Array): string[] {
  const element = readDer(value);
  if (element.tag !== tags.SEQUENCE) throw new DecodeError("not an ExtKeyUsageSyntax");
  return element.children().map((purpose) => {
    if (purpose.tag !== tags["OBJECT IDENTIFIER"])
      throw new DecodeError("not an ExtKeyUsageSyntax");
    return readOid(purpose.content);
  });
}
