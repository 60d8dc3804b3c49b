/**
 * A SonicWall enrols: plain HTTP, the enrolment agent twice at the head of a three-tier chain, and a PKCS #10 that is
 * signed with MD5 whatever its settings say.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { scepEvents } from "../support/events.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

const host = "sonicwall-1.demo.test";
const subject = scep.name(`CN=${host}`);
const dnsName = (name: string) => [scep.extensions.subjectAltName(scep.generalName.dns(name))];

let tenant: Tenant;
let client: scep.ScepClient;
let challenge: string;
const key = scep.rsaKeyPair();
/** Root, intermediate, issuer, agent: DER by name, from the API and not from GetCACert. */
const expected = new Map<string, scep.Bytes>();

const derOf = (pem: string): scep.Bytes =>
  scep.bytes(Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ""), "base64"));

/** The appliance's own address: plain HTTP, as the retrieval page shows it. */
async function configuration(name: string, template: object): Promise<scep.ScepClient> {
  await tenant.configuration(name, {
    ...{ preset: "sonicwall", authority: "SonicWall Issuing CA", template: { ...template } },
  });
  return tenant.client(name, { scheme: "http" });
}

const token = async (name: string): Promise<string> => {
  const wishes = {
    subject: `CN=${host}`,
    subjectAlternativeNames: [{ type: "dns", value: host }] as const,
  };
  return (await tenant.token(name, wishes)).challenge;
};

beforeAll(async () => {
  tenant = await createTenant("SonicWall");
  const root = await tenant.authority("SonicWall Root CA");
  const intermediate = await tenant.authority("SonicWall Intermediate CA", "RSA-2048", root);
  await tenant.authority("SonicWall Issuing CA", "RSA-2048", intermediate);
  client = await configuration("firewalls", { requestSignature: "verify-md5-too" });
  challenge = await token("firewalls");
  for (const level of ["Root", "Intermediate", "Issuing"]) {
    const { certificate } = await tenant.api.get<{ certificate: string }>(
      tenant.path(`certificate-authorities/SonicWall%20${level}%20CA`),
    );
    expected.set(level, derOf(certificate));
  }
  const { items } = await tenant.api.get<{ items: { certificate: string }[] }>(
    tenant.path("scep-configurations/firewalls/enrolment-agent"),
  );
  expected.set("agent", derOf(items[0]?.certificate ?? ""));
});

const certificateOf = (name: string): scep.Bytes => expected.get(name) ?? scep.bytes([]);
const plan = (more: Partial<scep.CertificationRequestPlan> = {}) => ({
  request: { key, challenge, subject, extensions: dnsName(host), digest: "MD5" as const, ...more },
  signer: scep.selfSigned(more.key ?? key, subject),
});

describe("GetCACert", () => {
  it("answers agent, agent, issuer, intermediate, root: these octets in this order", async () => {
    const response = await fetchWorker(new Request(`${client.url}?operation=GetCACert`));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/x-x509-ca-ra-cert");
    const order = ["agent", "agent", "Issuing", "Intermediate", "Root"];
    const { oids } = scep;
    const degenerate = scep.sequence(
      scep.oid(oids.signedData),
      scep.tlv(
        scep.context(0),
        scep.sequence(
          scep.integer(1),
          scep.setOf(),
          scep.sequence(scep.oid(oids.data)),
          scep.tlv(scep.context(0), ...order.map(certificateOf)),
          scep.setOf(),
        ),
      ),
    );
    const octets = scep.bytes(await response.arrayBuffer());
    expect(scep.readDegenerate(octets).map(({ der }) => der)).toEqual(order.map(certificateOf));
    expect(scep.hex(octets)).toBe(scep.hex(degenerate));
  });

  it("has one agent in a usual configuration of the same CA", async () => {
    await tenant.configuration("usual", { authority: "SonicWall Issuing CA" });
    const chain = await scep.getCACert(fetchWorker, tenant.url("usual"));
    expect(chain.map(({ subjectText }) => subjectText.at(-1) ?? "")).toHaveLength(4);
    expect(chain.filter(({ der }) => scep.equal(der, chain[0]?.der ?? der))).toHaveLength(1);
    expect(chain.slice(1).map(({ der }) => der)).toEqual(
      ["Issuing", "Intermediate", "Root"].map(certificateOf),
    );
  });

  it("keeps the duplicate after the agent was renewed, with the new one in both places", async () => {
    const renewing = await configuration("renewing", { requestSignature: "verify-md5-too" });
    const before = await scep.getCACert(fetchWorker, renewing.url);
    await tenant.api.post(tenant.path("scep-configurations/renewing/enrolment-agent"));
    const after = await scep.getCACert(fetchWorker, renewing.url);
    expect(after).toHaveLength(5);
    expect(after[1]?.der).toEqual(after[0]?.der);
    expect(after[0]?.der).not.toEqual(before[0]?.der);
    // What was sealed for the old one is still opened, and answered with the signature that its sender knows.
    const [old] = before;
    if (!old) throw new Error("no agent before");
    const envelope = { recipients: [{ certificate: old }] };
    const request = { key, challenge: await token("renewing"), subject, digest: "MD5" as const };
    const message = await renewing.build({ request, envelope });
    const { body } = await scep.answerOf(
      await fetchWorker(scep.postPkiOperation(renewing.url, message.der)),
    );
    expectSuccess(scep.verifyCertRep(body, message, old));
  });
});

describe("PKCSReq", () => {
  it.each(["GET", "POST"])("with an MD5-signed PKCS #10 over http: by %s", async (method) => {
    const message = await client.build(plan());
    const sent =
      method === "GET"
        ? scep.getPkiOperation(client.url, message.der)
        : scep.postPkiOperation(client.url, message.der);
    expect(new URL(sent.url).protocol).toBe("http:");
    const { certificate } = expectSuccess(await client.send(message, sent));
    expect(certificate.subject).toEqual(subject);
    expect(certificate.extensions.get(scep.oids.subjectAltName)?.value).toEqual(
      scep.sequence(scep.generalName.dns(host)),
    );
    // What we sign is never MD5.
    expect(certificate.signatureAlgorithm).toBe(scep.digests["SHA-256"].rsa);
  });

  it("with MD5 in the message as well is answered in MD5", async () => {
    const reply = await client.enrol({
      ...plan({ key: scep.rsaKeyPair() }),
      signedData: { digest: "MD5" },
      envelope: { cipher: "DES-EDE3-CBC" },
    });
    const { signed, cipher } = expectSuccess(reply);
    expect([signed.digest, cipher]).toEqual(["MD5", "DES-EDE3-CBC"]);
  });

  it("with an MD5-signed PKCS #10 is badAlg where the template does not allow it", async () => {
    const strict = await configuration("strict", { requestSignature: "verify" });
    const { request } = plan({ challenge: await token("strict") });
    const refused = await strict.enrol({ request });
    expect(expectFailure(refused, "badAlg").failInfoText).toContain("signature algorithm");
    expectSuccess(await strict.enrol({ request: { ...request, digest: "SHA-256" } }));
  });

  it("with an MD5 signature that does not verify is refused all the same", async () => {
    const editSignature = (signature: scep.Bytes): scep.Bytes =>
      signature.map((octet, index) => (index === 40 ? octet ^ 1 : octet));
    const refused = await client.enrol(plan({ key: scep.rsaKeyPair(), editSignature }));
    expectFailure(refused, "badMessageCheck");
  });

  it("with any signature at all is accepted where the template ignores it", async () => {
    const ignoring = await configuration("ignoring", { requestSignature: "ignore" });
    const editSignature = (signature: scep.Bytes): scep.Bytes => signature.map(() => 7);
    const request = { ...plan().request, challenge: await token("ignoring"), editSignature };
    expectSuccess(await ignoring.enrol({ request }));
  });

  it.each<[string, Partial<scep.CertificationRequestPlan>]>([
    ["another host's name as subject", { subject: scep.name("CN=sonicwall-2.demo.test") }],
    ["another name beside the subject", { subject: scep.name("O=Demo", `CN=${host}`) }],
    ["another host's name as DNS SAN", { extensions: dnsName("sonicwall-2.demo.test") }],
    ["a name below its own as DNS SAN", { extensions: dnsName(`vpn.${host}`) }],
    [
      "an address beside the DNS SAN",
      {
        extensions: [
          scep.extensions.subjectAltName(
            scep.generalName.dns(host),
            scep.generalName.ip(192, 0, 2, 1),
          ),
        ],
      },
    ],
  ])("with %s is refused: the token is bound to one host", async (_, more) => {
    expectFailure(await client.enrol(plan({ key: scep.rsaKeyPair(), ...more })), "badRequest");
  });

  it("without the SAN is lawful: a token's SANs may be left out", async () => {
    const { extensions: _, ...request } = plan({ key: scep.rsaKeyPair() }).request;
    expectSuccess(await client.enrol({ request }));
  });
});

it.each([
  ["MD5 in the PKCS #10 only", {}, ["request-signature:MD5"]],
  [
    "MD5 and triple DES everywhere",
    { signedData: { digest: "MD5" as const }, envelope: { cipher: "DES-EDE3-CBC" as const } },
    ["MD5", "DES-EDE3-CBC", "request-signature:MD5"],
  ],
])("%s is seen in the log", async (_, more, legacy) => {
  const [event] = await scepEvents(() => client.enrol({ ...plan(), ...more }));
  expect(event).toMatchObject({ pkiStatus: "SUCCESS", legacy });
});

it("what the set-up leads to: the http: address, and a warning about MD5", async () => {
  const shown = await tenant.api.get<{ httpUrl: string; warnings: string[] }>(
    tenant.path("scep-configurations/firewalls"),
  );
  expect(shown.httpUrl).toBe(client.url);
  expect(shown.warnings.join(" ")).toMatch(/MD5/);
});
