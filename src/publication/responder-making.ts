/**
 * The key with which a CA's OCSP answers are signed: made when it is first needed, followed by another when a third of
 * its certificate's life remains.
 * 1. A row with the wrapped key, by one conditional insert: of several who try at once, one makes the key.
 * 2. The CA certifies that key. It gives a key one certificate, so whoever finds the row unfinished asks again.
 * 3. The row gets the certificate; those before it need no successor any more.
 */
import { nameConstraintsOf, parseLine } from "../ca/certification-path.ts";
import { placeSubject } from "../ca/name-constraints.ts";
import { generateAuthorityKey } from "../ca/signer.ts";
import { renewalTime } from "../ca/renewal-time.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { readDer } from "../pki/der-reader.ts";
import {
  type DistinguishedName,
  encodeDistinguishedName,
  readDistinguishedName,
} from "../pki/distinguished-name.ts";
import type { WrappingContext } from "../ports/key-wrapping.ts";
import type { OcspResponder, ResponderKeyAlgorithm } from "../ports/ocsp-responder-store.ts";
import type { PublishedAuthority } from "../ports/published-authority-store.ts";
import { err, ok, type Result } from "../result.ts";
import type { Needs } from "./dependencies.ts";
import type { KnownAuthority } from "./known-authorities.ts";

export type MakingNeeds = Needs<"ocspResponders" | "authorities" | "keyWrapping" | "clock">;

/** Why there is none: the CA has ended, has no certificate yet, or signs nothing any more. */
export interface ResponderRefusal {
  readonly reason: string;
}

export type FinishedResponder = OcspResponder & { readonly certificateDer: Uint8Array };

const validitySeconds = 30 * 86_400;
const commonName = "2.5.4.3";
/** X.520's upper bound for a common name. */
const longestCommonName = 64;

/** Clients that verify the CA's signatures verify its responder's: the same family of keys. */
const responderKey = ({ keyAlgorithm }: PublishedAuthority): ResponderKeyAlgorithm =>
  keyAlgorithm.startsWith("RSA") ? "RSA-2048" : "P-256";

export const keyContextOf = ({ id, tenantId = "shared" }: OcspResponder): WrappingContext => ({
  tenant: tenantId,
  kind: "ocsp-responder-key",
  id,
});

/** The responder that signs now; a new one where there is none that is not due. */
export async function provideResponder(
  dependencies: MakingNeeds,
  authority: KnownAuthority,
): Promise<Result<FinishedResponder, ResponderRefusal>> {
  const now = dependencies.clock.now();
  const found = await listed(dependencies, authority, now);
  if (found.current && !isDue(found.current, now)) return ok(found.current);
  const unfinished = found.unfinished ?? (await begin(dependencies, authority, now));
  if (unfinished) return await finish(dependencies, authority, unfinished);
  // Somebody else was faster, and may have finished meanwhile.
  const theirs = await listed(dependencies, authority, now);
  if (theirs.unfinished) return await finish(dependencies, authority, theirs.unfinished);
  return theirs.current ? ok(theirs.current) : err({ reason: "responder_not_made" });
}

export const isDue = ({ renewAt }: OcspResponder, now: Date): boolean =>
  renewAt !== undefined && renewAt <= now;

/** The newest that is finished, and one after it that is not. */
export async function listed(
  { ocspResponders }: MakingNeeds,
  { id }: PublishedAuthority,
  now: Date,
): Promise<{
  readonly current: FinishedResponder | undefined;
  readonly unfinished: OcspResponder | undefined;
}> {
  const responders = await ocspResponders.listResponders(id, now);
  const [newest] = responders;
  return {
    current: responders.find(isFinished),
    unfinished: newest && !isFinished(newest) ? newest : undefined,
  };
}

const isFinished = (responder: OcspResponder): responder is FinishedResponder =>
  responder.certificateDer !== undefined;

async function begin(
  { ocspResponders, keyWrapping }: MakingNeeds,
  authority: PublishedAuthority,
  now: Date,
): Promise<OcspResponder | undefined> {
  const keyAlgorithm = responderKey(authority);
  const pair = await generateAuthorityKey(keyAlgorithm);
  const [pkcs8, spki] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
    crypto.subtle.exportKey("spki", pair.publicKey),
  ]).then((keys) => keys.map((key) => new Uint8Array(key as ArrayBuffer)));
  if (!pkcs8 || !spki) throw new Error("The runtime exported no key.");
  const { tenantId } = authority;
  const responder = {
    id: crypto.randomUUID(),
    certificateAuthorityId: authority.id,
    ...(tenantId === undefined ? {} : { tenantId }),
    keyAlgorithm,
    subjectPublicKeyInfoDer: spki,
    wrappedKey: new Uint8Array(0),
    notAfter: after(now, validitySeconds),
    renewAt: after(now, (validitySeconds * 2) / 3),
    createdAt: now,
  };
  const wrappedKey = await keyWrapping.wrap(pkcs8, keyContextOf(responder));
  pkcs8.fill(0);
  const begun = { ...responder, wrappedKey };
  return (await ocspResponders.beginResponder(begun, now)) ? begun : undefined;
}

async function finish(
  { ocspResponders, authorities }: MakingNeeds,
  authority: KnownAuthority,
  responder: OcspResponder,
): Promise<Result<FinishedResponder, ResponderRefusal>> {
  const { subjectPublicKeyInfoDer } = responder;
  const subjectDer = encodeDistinguishedName(responderName(authority));
  const issued = await authorities
    .get(authority.id)
    .issueOcspResponder({ subjectDer, subjectPublicKeyInfoDer, validitySeconds });
  if (!issued.ok) return issued;
  const der = issued.value.certificateDer;
  const { notBefore, notAfter } = parseCertificate(der);
  // One that ends with its CA has no successor.
  const renewAt = renewalTime({ notBefore, notAfter }, authority.certificate) ?? notAfter;
  const certified = { notAfter, renewAt };
  await ocspResponders.completeResponder(responder, { der, ...certified });
  return ok({ ...responder, certificateDer: der, ...certified });
}

/** Where name constraints ask for it, below the name that they permit. */
function responderName({ certificate, chain }: KnownAuthority): DistinguishedName {
  const names = readDistinguishedName(readDer(certificate.subjectDer)).flat();
  const name = names.findLast(({ type }) => type === commonName)?.value ?? "CA";
  const suffix = " OCSP responder";
  const value = name.slice(0, longestCommonName - suffix.length) + suffix;
  const constraints = nameConstraintsOf(parseLine(chain.map(({ der }) => der)));
  return placeSubject([[{ type: commonName, value }]], constraints);
}

const after = (moment: Date, seconds: number): Date => new Date(moment.getTime() + seconds * 1000);
