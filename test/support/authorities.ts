/** CAs in their real objects, what is asked of them, and a judge of what they sign. For the suites that run in workerd. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { AuthorityKeyAlgorithm } from "../../src/ca/authority-key.ts";
import { type EndEntityContent, keyIdentifier } from "../../src/ca/end-entity.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { readDer } from "../../src/pki/der-reader.ts";
import {
  encodeDistinguishedName,
  parseDistinguishedName,
} from "../../src/pki/distinguished-name.ts";
import { readSubjectPublicKeyInfo } from "../../src/pki/public-key.ts";
import { signatureDigest, verifySignature } from "../../src/pki/signature.ts";
import { createAuthorityClient } from "../../src/platform/authority-client.ts";
import type { CertificateAuthority } from "../../src/platform/certificate-authority-object.ts";
import type { CertificateAuthorityClient } from "../../src/ports/certificate-authority.ts";
import type { IssuedCertificate, IssueRequest } from "../../src/ports/certificate-issuing.ts";
import type { Result } from "../../src/result.ts";

export const authorities = createAuthorityClient(env.CERTIFICATE_AUTHORITY);

export const nameDer = (text: string): Uint8Array =>
  encodeDistinguishedName(parseDistinguishedName(text));

/** The object's own stub, for what only the test runtime can do to it. */
export const stubOf = (id: string): DurableObjectStub<CertificateAuthority> => {
  const stub: unknown = env.CERTIFICATE_AUTHORITY.getByName(id);
  return stub as DurableObjectStub<CertificateAuthority>;
};

export function inObject<Answer>(
  id: string,
  callback: (instance: CertificateAuthority, state: DurableObjectState) => Answer | Promise<Answer>,
): Promise<Answer> {
  return runInDurableObject<CertificateAuthority, Answer>(stubOf(id), callback);
}

/** Rows of the object's own tables. */
export const rowsOf = (
  id: string,
  query: string,
  ...values: SqlStorageValue[]
): Promise<Record<string, SqlStorageValue>[]> =>
  inObject(id, (_, { storage }) => storage.sql.exec(query, ...values).toArray());

export interface TestAuthority {
  readonly id: string;
  readonly tenantId: string;
  readonly client: CertificateAuthorityClient;
  readonly certificateDer: Uint8Array;
}

/** A stub is broken once its object was aborted, so each call takes a new one, as each request does. */
export const lastingClient = (id: string): CertificateAuthorityClient =>
  new Proxy(authorities.get(id), {
    get(_, name: keyof CertificateAuthorityClient) {
      return async (...input: never[]): Promise<unknown> => {
        const client: unknown = authorities.get(id);
        const methods = client as Record<string, (...values: never[]) => Promise<unknown>>;
        return await methods[name]?.(...input);
      };
    },
  });

const validitySeconds = 10 * 365 * 86_400;

export async function createRoot(
  keyAlgorithm: AuthorityKeyAlgorithm = "P-256",
  validity = validitySeconds,
): Promise<TestAuthority> {
  const [id, tenantId] = [crypto.randomUUID(), crypto.randomUUID()];
  const client = lastingClient(id);
  const { certificateDer } = await client.create(
    {
      id,
      tenantId,
      subjectDer: nameDer(`CN=Root ${id.slice(0, 8)}`),
      keyAlgorithm,
      validitySeconds: validity,
    },
    "root",
  );
  if (!certificateDer) throw new Error("a root without a certificate");
  return { id, tenantId, client, certificateDer };
}

export async function createSubordinate(
  parent: TestAuthority,
  keyAlgorithm: AuthorityKeyAlgorithm,
): Promise<TestAuthority> {
  const [id, tenantId] = [crypto.randomUUID(), parent.tenantId];
  const client = lastingClient(id);
  const subjectDer = nameDer(`CN=Issuing ${id.slice(0, 8)}`);
  const { subjectPublicKeyInfoDer } = await client.create(
    { id, tenantId, subjectDer, keyAlgorithm, validitySeconds },
    "subordinate",
  );
  const request = { subjectDer, subjectPublicKeyInfoDer, validitySeconds };
  const { certificateDer } = expectOk(await parent.client.issueSubordinate(request));
  expectOk(await client.install(certificateDer));
  return { id, tenantId, client, certificateDer };
}

export const tokenId = "token";

/** A request for a certificate that differs from every other one, but for what is given. */
export async function issueRequest(changes: Partial<IssueRequest> = {}): Promise<IssueRequest> {
  return {
    configurationId: "configuration",
    transactionID: crypto.randomUUID(),
    requestDigest: crypto.getRandomValues(new Uint8Array(32)),
    requesterKeyDigest: new Uint8Array(32),
    signer: "self-signed",
    authorisation: { kind: "token", expiresAtSeconds: 4_000_000_000, tokenId },
    templateId: "template",
    templateVersion: 1,
    content: await endEntityContent(),
    subjectText: "CN=device,O=Demo",
    subjectAltNames: [],
    ...changes,
  };
}

let deviceKey: Promise<Uint8Array> | undefined;

/** SubjectPublicKeyInfo of a P-256 key; the same for all, because making keys takes time. */
export function devicePublicKey(): Promise<Uint8Array> {
  deviceKey ??= generatePublicKey();
  return deviceKey;
}

export async function generatePublicKey(): Promise<Uint8Array> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  if (!("publicKey" in pair)) throw new Error("not a pair of keys");
  const spki = await crypto.subtle.exportKey("spki", pair.publicKey);
  if (!(spki instanceof ArrayBuffer)) throw new Error("not octets");
  return new Uint8Array(spki);
}

export async function endEntityContent(
  changes: Partial<EndEntityContent> = {},
): Promise<EndEntityContent> {
  const subjectPublicKeyInfoDer = await devicePublicKey();
  const { bits } = readSubjectPublicKeyInfo(readDer(subjectPublicKeyInfoDer));
  return {
    subjectDer: nameDer("CN=device,O=Demo"),
    subjectPublicKeyInfoDer,
    subjectKeyIdentifier: await keyIdentifier(bits),
    keyUsage: 1,
    extendedKeyUsage: ["1.3.6.1.5.5.7.3.2"],
    backdateSeconds: 300,
    validitySeconds: 86_400 * 30,
    ...changes,
  };
}

export function expectOk<Value, Failure>(result: Result<Value, Failure>): Value {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

/** What must have been issued at once. */
export async function issued(
  answer: Promise<Result<IssuedCertificate | { readonly status: "pending" }, unknown>>,
): Promise<IssuedCertificate> {
  const value = expectOk(await answer);
  if (!("certificateDer" in value)) throw new Error("the request is pending");
  return value;
}

/** Issuer name, validity within the issuer's, and the signature itself. */
export async function expectIssuedBy(
  certificateDer: Uint8Array,
  issuerCertificateDer: Uint8Array,
): Promise<void> {
  const [certificate, issuer] = [certificateDer, issuerCertificateDer].map(parseCertificate);
  if (!certificate || !issuer) throw new Error("two certificates");
  expect(certificate.issuerDer).toEqual(issuer.subjectDer);
  expect(certificate.notAfter.getTime()).toBeLessThanOrEqual(issuer.notAfter.getTime());
  const fields = readDer(certificateDer).children();
  const [tbs, , signature] = fields;
  const digest = signatureDigest(certificate.signatureAlgorithm, issuer.publicKey);
  if (!tbs || !signature || !digest) throw new Error("not a certificate with a known signature");
  expect(
    await verifySignature(issuer.publicKey, digest, signature.content.subarray(1), tbs.der),
  ).toBe(true);
}

/** The octets that a certificate's signature covers. */
export function tbsOf(certificateDer: Uint8Array): Uint8Array {
  const [tbs] = readDer(certificateDer).children();
  if (!tbs) throw new Error("not a certificate");
  return tbs.der;
}
