/** PKIOperation with PKCSReq (RFC 8894, sections 3 and 4.3), black box. `verifyCertRep` checks every reply's form. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let modern: scep.ScepClient;
let legacy: scep.ScepClient;
let challenge: string;
let legacyChallenge: string;
const key = scep.rsaKeyPair();

beforeAll(async () => {
  tenant = await createTenant("Operation");
  modern = await tenant.configuration("modern");
  legacy = await tenant.configuration("legacy", {
    preset: "legacy",
    template: { requestSignature: "verify-md5-too" },
  });
  ({ challenge } = await tenant.token("modern"));
  ({ challenge: legacyChallenge } = await tenant.token("legacy"));
});

const request = (
  more: Partial<scep.CertificationRequestPlan> = {},
): scep.CertificationRequestPlan => ({ key, challenge, ...more });
const enrol = (plan: Partial<Omit<scep.PkiMessagePlan, "recipient">> = {}) =>
  modern.enrol({ request: request(), ...plan });

describe("transport", () => {
  it.each([
    "application/x-pki-message",
    "application/octet-stream",
    "text/html; charset=utf-8",
    "",
  ])("4.1 a POST is read whatever its content type says (%s)", async (contentType) => {
    const message = await modern.build({ request: request() });
    expectSuccess(
      await modern.send(message, scep.postPkiOperation(modern.url, message.der, contentType)),
    );
  });

  it.each(Object.entries(scep.base64Spellings))(
    "4.1 GET takes base64 with %s",
    async (_, spelling) => {
      // Small keys never produce every character of the alphabet at every place, so each spelling gets several messages.
      for (let round = 0; round < 3; round++) {
        const message = await modern.build({ request: request() });
        expectSuccess(
          await modern.send(message, scep.getPkiOperation(modern.url, message.der, spelling)),
        );
      }
    },
  );

  it("4.1 GET and POST of one message give one certificate", async () => {
    const message = await modern.build({ request: request() });
    const posted = expectSuccess(await modern.send(message));
    const got = expectSuccess(
      await modern.send(message, scep.getPkiOperation(modern.url, message.der)),
    );
    expect(got.certificate.der).toEqual(posted.certificate.der);
  });

  it.each(["pkioperation", "PKIOPERATION", "PKIoperation"])(
    "4.1 the operation may be written %s",
    async (operation) => {
      const message = await modern.build({ request: request() });
      const post = new Request(`${modern.url}?operation=${operation}`, {
        method: "POST",
        body: message.der,
      });
      expectSuccess(await modern.send(message, post));
    },
  );

  it("4.3 every CertRep is application/x-pki-message with status 200 and is not to be stored", async () => {
    for (const wrong of [false, true]) {
      const message = await modern.build({ request: request(wrong ? { challenge: "wrong" } : {}) });
      const response = await fetchWorker(scep.postPkiOperation(modern.url, message.der));
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("application/x-pki-message");
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });
});

describe("CertRep", () => {
  it("3.2.1 a SUCCESS has exactly the attributes of the standard", async () => {
    const { signed } = expectSuccess(await enrol());
    const {
      contentType,
      messageDigest,
      messageType,
      pkiStatus,
      transactionID,
      senderNonce,
      recipientNonce,
    } = scep.oids;
    const expected = [
      contentType,
      messageDigest,
      messageType,
      pkiStatus,
      transactionID,
      senderNonce,
      recipientNonce,
    ];
    expect([...signed.attributes.keys()].toSorted()).toEqual(expected.toSorted());
  });

  it("3.2.1 a FAILURE has failInfo besides, and a failInfoText that a person can read", async () => {
    const { signed, failInfoText } = expectFailure(
      await enrol({ request: request({ challenge: "wrong" }) }),
      "badRequest",
    );
    expect(signed.attributes.has(scep.oids.failInfo)).toBe(true);
    expect(failInfoText).toMatch(/^[A-Z].*[a-z.]$/);
  });

  it("3.2.1.1 transactionIDs of all clients come back octet for octet", async () => {
    const forms = [
      "0123456789ABCDEF0123456789ABCDEF",
      "SSCEP transactionId",
      "0123456789abcdef0123456789abcdef01234567",
      "kTNyBdE+/u8VVnQ1wIy2gqQ3zXo=",
      "109230589234750982374590872340598723049857230498572304598723049857230948572",
      "0",
      "x".repeat(256),
    ];
    for (const transactionID of forms) {
      const unique = await modern.build({
        request: request({ key: scep.rsaKeyPair() }),
        transactionID,
      });
      expectSuccess(await modern.send(unique));
    }
  });

  it("3.2.1.5 every reply has a senderNonce of its own", async () => {
    const message = await modern.build({ request: request() });
    const nonces = new Set<string>();
    for (let round = 0; round < 5; round++)
      nonces.add(scep.hex((await modern.send(message)).senderNonce));
    expect(nonces.size).toBe(5);
  });

  it("3.1 the signatureAlgorithm is rsaEncryption with NULL parameters", async () => {
    const { signed } = expectSuccess(await enrol());
    expect(signed.signatureAlgorithm).toEqual(scep.rsaEncryption);
  });

  it("3.3.2.1 the envelope holds the certificate for the key and name of the request", async () => {
    const subject = scep.name("C=NZ", "O=Demo", "OU=Field", "CN=sensor 7");
    const { challenge: national } = await tenant.token("modern", { subject: "O=Demo,C=NZ" });
    const { certificate, certificates } = expectSuccess(
      await enrol({ request: request({ subject, challenge: national }) }),
    );
    expect(certificate.spki).toEqual(key.spki);
    expect(certificate.subject).toEqual(subject);
    expect(certificates[0]?.der).toEqual(certificate.der);
    const [, authority] = await modern.chain();
    expect(authority && scep.isSignedBy(certificate, authority.spki)).toBe(true);
    expect(certificate.issuer).toEqual(authority?.subject);
  });

  it.each(["AES-128-CBC", "AES-192-CBC", "AES-256-CBC"] as const)(
    "3.2.2 a request in %s is answered in it",
    async (cipher) => {
      expect(expectSuccess(await enrol({ envelope: { cipher } })).cipher).toBe(cipher);
    },
  );

  it.each(["DES-EDE3-CBC", "DES-CBC", "AES-128-CBC"] as const)(
    "3.2.2 an old appliance's request in %s is answered in it where that is served",
    async (cipher) => {
      const reply = await legacy.enrol({
        request: request({ challenge: legacyChallenge }),
        envelope: { cipher },
      });
      expect(expectSuccess(reply).cipher).toBe(cipher);
    },
  );

  it.each(["SHA-256", "SHA-384", "SHA-512"] as const)(
    "3.1 a request signed with %s is answered with it",
    async (digest) => {
      expect(expectSuccess(await enrol({ signedData: { digest } })).signed.digest).toBe(digest);
      const refused = await enrol({
        request: request({ challenge: "wrong" }),
        signedData: { digest },
      });
      expect(expectFailure(refused, "badRequest").signed.digest).toBe(digest);
    },
  );

  it.each(["SHA-1", "MD5"] as const)(
    "3.1 an old appliance's %s is answered with it where that is served",
    async (digest) => {
      const reply = await legacy.enrol({
        request: request({ challenge: legacyChallenge, digest }),
        signedData: { digest },
      });
      expect(expectSuccess(reply).signed.digest).toBe(digest);
    },
  );
});
