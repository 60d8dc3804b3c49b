/** What a lawful challenge does not let through: threats 13 to 25. */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, type Tenant } from "../support/deployment.ts";
import { expectFailure, expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let client: scep.ScepClient;
let challenge: string;
const key = scep.rsaKeyPair();
const { extensions: wanted, generalName, name, oids } = scep;

beforeAll(async () => {
  tenant = await createTenant("Requests");
  client = await tenant.configuration("devices");
  ({ challenge } = await tenant.token("devices"));
});

type Request = Partial<scep.CertificationRequestPlan>;
const enrol = (request: Request = {}, plan: Partial<Omit<scep.PkiMessagePlan, "recipient">> = {}) =>
  client.enrol({ request: { key, challenge, ...request }, ...plan });
const component = (type: string, value: scep.Bytes) =>
  scep.setOf(scep.sequence(scep.oid(type), value));

describe("threat 13: a challenge is worth nothing at another address", () => {
  it("of another tenant, or of another configuration of the same tenant", async () => {
    const other = await createTenant("Neighbours");
    const there = await other.configuration("devices");
    const sibling = await tenant.configuration("sibling");
    for (const elsewhere of [there, sibling]) {
      expectFailure(await elsewhere.enrol({ request: { key, challenge } }), "badRequest");
    }
    expect(await other.certificates("")).toEqual(
      expect.not.arrayContaining([
        expect.objectContaining({ subject: expect.stringContaining("CN=device") }),
      ]),
    );
  });
});

describe("threat 14: the last use of a token is spent once", () => {
  it("twenty devices at the same moment with a token for one: one certificate", async () => {
    const once = await tenant.token("devices", { maxUses: 1 });
    const messages = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        client.build({
          request: { key, challenge: once.challenge, subject: name("O=Demo", `CN=racer ${index}`) },
        }),
      ),
    );
    const replies = await Promise.all(messages.map((message) => client.send(message)));
    expect(replies.filter((reply) => reply.pkiStatus === "SUCCESS")).toHaveLength(1);
    expect(await tenant.certificates("CN=racer")).toHaveLength(1);
  });
});

describe("threat 16: the holder of a lawful challenge gets no name but those it stands for", () => {
  it.each([
    ["another organisation", name("O=Other", "CN=x")],
    ["the right organisation in the middle", name("O=Other", "CN=x", "O=Demo")],
    ["two organisations", name("O=Demo", "O=Other", "CN=x")],
    ["the right value under another type", name("OU=Demo", "CN=x")],
    ["no organisation", name("CN=x")],
    ["the organisation in another case", name("O=demo", "CN=x")],
    ["the organisation with a NUL behind it", name("O=Demo\0", "CN=x")],
    [
      "a multi-valued component",
      scep.sequence(
        scep.setOf(
          scep.sequence(scep.oid("2.5.4.10"), scep.characterString("Demo")),
          scep.sequence(scep.oid("2.5.4.3"), scep.characterString("x")),
        ),
      ),
    ],
  ])("%s", async (_, subject) => {
    expectFailure(await enrol({ subject }), "badRequest");
  });

  it("a name is read from both ends, for clients that write CN first", async () => {
    for (const subject of [name("O=Demo", "OU=x", "CN=y"), name("CN=y", "OU=x", "O=Demo")]) {
      expect(expectSuccess(await enrol({ subject })).certificate.subject).toEqual(subject);
    }
  });
});

describe("threat 22: an account's SID gets into no certificate that Intune has not validated", () => {
  it("as extension it is dropped or refused, as SAN likewise", async () => {
    const sid = "S-1-5-21-1111111111-2222222222-3333333333-500";
    const attempts = [
      [wanted.sid(sid)],
      [wanted.subjectAltName(generalName.uri(`tag:microsoft.com,2022-09-14:sid:${sid}`))],
      [
        wanted.subjectAltName(
          generalName.dns("a.demo.test"),
          generalName.uri(`tag:microsoft.com,2022-09-14:sid:${sid}`),
        ),
      ],
    ];
    for (const extensions of attempts) {
      const reply = await enrol({ extensions });
      if (reply.pkiStatus !== "SUCCESS") expectFailure(reply, "badRequest");
      else expect(Buffer.from(reply.certificate.der).toString("latin1")).not.toContain(sid);
    }
  });
});

describe("threat 23: extensions are what the template says, whatever was asked for", () => {
  const asked: readonly [string, readonly scep.Bytes[]][] = [
    ["CA:TRUE", [wanted.basicConstraints(true)]],
    ["CA:TRUE with a path length", [wanted.basicConstraints(true, 3)]],
    ["keyCertSign and cRLSign", [wanted.keyUsage("digitalSignature", "keyCertSign", "cRLSign")]],
    ["anyExtendedKeyUsage", [wanted.extendedKeyUsage(oids.anyExtendedKeyUsage)]],
    ["smart-card logon", [wanted.extendedKeyUsage(oids.clientAuth, oids.smartcardLogon)]],
    ["Kerberos KDC", [wanted.extendedKeyUsage(oids.kerberosKdc)]],
    ["certificate request agent", [wanted.extendedKeyUsage(oids.certificateRequestAgent)]],
    ["an unknown critical extension", [wanted.unknownCritical()]],
    [
      "an authority key identifier of its own",
      [
        scep.extension(
          oids.authorityKeyIdentifier,
          scep.sequence(scep.tlv(0x80, scep.text("forged key id"))),
        ),
      ],
    ],
    ["an extension twice", [wanted.keyUsage("digitalSignature"), wanted.keyUsage("keyCertSign")]],
    [
      "an extension with rubbish inside",
      [scep.extension(oids.subjectAltName, scep.text("rubbish"))],
    ],
  ];
  const forbidden = [
    oids.anyExtendedKeyUsage,
    oids.smartcardLogon,
    oids.kerberosKdc,
    oids.certificateRequestAgent,
    "1.3.6.1.4.1.99999.1",
  ];

  it.each(asked)("%s", async (_, extensions) => {
    const reply = await enrol({ extensions });
    if (reply.pkiStatus !== "SUCCESS") {
      expectFailure(reply, "badRequest", "badMessageCheck");
      return;
    }
    const { certificate } = reply;
    const der = scep.hex(certificate.der);
    for (const dotted of forbidden) expect(der).not.toContain(scep.hex(scep.oid(dotted)));
    expect(der).not.toContain(scep.hex(scep.text("forged key id")));
    const constraints = certificate.extensions.get(oids.basicConstraints)?.value;
    expect(constraints === undefined || scep.equal(constraints, scep.sequence())).toBe(true);
    const usages = scep.usagesOf(
      certificate.extensions.get(oids.keyUsage)?.value ?? scep.bytes([]),
    );
    expect(usages.filter((usage) => usage === "keyCertSign" || usage === "cRLSign")).toEqual([]);
    expect(usages.length).toBeGreaterThan(0);
  });

  it("the old VeriSign and Microsoft attributes for extensions are held to the same rules", async () => {
    for (const extensionsAttribute of ["2.16.840.1.113733.1.9.8", "1.3.6.1.4.1.311.2.1.14"]) {
      const reply = await enrol({
        extensions: [wanted.basicConstraints(true)],
        extensionsAttribute,
      });
      if (reply.pkiStatus !== "SUCCESS") continue;
      const constraints = reply.certificate.extensions.get(oids.basicConstraints)?.value;
      expect(constraints === undefined || scep.equal(constraints, scep.sequence())).toBe(true);
    }
  });

  it("a second extension request cannot add what the first one was not allowed", async () => {
    const second = scep.attribute(
      oids.extensionRequest,
      scep.sequence(wanted.subjectAltName(generalName.dns("admin.other.test"))),
    );
    const reply = await enrol({
      extensions: [wanted.subjectAltName(generalName.dns("a.demo.test"))],
      moreAttributes: [second],
    });
    if (reply.pkiStatus === "SUCCESS") {
      expect(Buffer.from(reply.certificate.der).toString("latin1")).not.toContain(
        "admin.other.test",
      );
    } else expectFailure(reply, "badRequest", "badMessageCheck");
  });
});

describe("threat 24: a SAN outside the token is refused", () => {
  it.each([
    ["a DNS name of another domain", generalName.dns("www.other.test")],
    ["the suffix without its dot", generalName.dns("evildemo.test")],
    ["the bare domain", generalName.dns("demo.test")],
    ["the domain in the middle", generalName.dns("a.demo.test.other.test")],
    ["a NUL behind the domain", generalName.dns("a.other.test\0.demo.test")],
    ["a wildcard", generalName.dns("*.demo.test")],
    ["the UPN of an administrator", generalName.upn("administrator@demo.test")],
    ["a mail address", generalName.email("root@demo.test")],
    ["an address", generalName.ip(127, 0, 0, 1)],
    ["a URI", generalName.uri("https://a.demo.test/")],
    ["a directory name", generalName.raw(0xa4, name("CN=Administrator"))],
    ["a registered id", generalName.raw(0x88, scep.bytes([0x2a, 3]))],
    [
      "an unknown otherName",
      generalName.raw(0xa0, scep.concat(scep.oid("1.2.3.4"), scep.tlv(0xa0, scep.nullValue))),
    ],
  ])("%s", async (_, san) => {
    expectFailure(
      await enrol({ extensions: [wanted.subjectAltName(san)] }),
      "badRequest",
      "badMessageCheck",
    );
    const beside = wanted.subjectAltName(generalName.dns("a.demo.test"), san);
    expectFailure(await enrol({ extensions: [beside] }), "badRequest", "badMessageCheck");
  });
});

describe("threat 25: names that deceive or overflow are refused", () => {
  const bad: readonly [string, scep.Bytes][] = [
    ["NUL", name("O=Demo", "CN=a\0b")],
    ["CR LF", name("O=Demo", "CN=a\r\nlog line")],
    ["escape sequences", name("O=Demo", "CN=\u001b[31mred")],
    ["right-to-left override", name("O=Demo", "CN=cod.\u202Eexe")],
    ["zero-width space", name("O=Demo", "CN=a\u200Bb")],
    ["bad UTF-8", name("O=Demo", { type: "CN", value: scep.bytes([0x61, 0xc3, 0x28]) })],
    ["overlong UTF-8", name("O=Demo", { type: "CN", value: scep.bytes([0xc0, 0xaf]) })],
    ["a surrogate in UTF-8", name("O=Demo", { type: "CN", value: scep.bytes([0xed, 0xa0, 0x80]) })],
    [
      "a BMPString of odd length",
      name("O=Demo", { type: "CN", value: scep.bytes([0, 0x61, 0]), stringTag: scep.tag.bmp }),
    ],
    ["an empty CN", name("O=Demo", "CN=")],
    ["a CN of 65 characters", name("O=Demo", `CN=${"x".repeat(65)}`)],
    ["a CN of 40 kB", name("O=Demo", `CN=${"x".repeat(40_000)}`)],
    [
      "an INTEGER as CN",
      scep.sequence(
        component("2.5.4.10", scep.characterString("Demo")),
        component("2.5.4.3", scep.integer(7)),
      ),
    ],
  ];
  it.each(bad)("%s", async (_, subject) => {
    expectFailure(await enrol({ subject }), "badRequest", "badMessageCheck");
  });

  it("an empty subject", async () => {
    expectFailure(await enrol({ subject: name() }), "badRequest");
  });

  it("64 characters and markup are names like any other", async () => {
    for (const commonName of [
      "x".repeat(64),
      "<script>alert(1)</script>",
      `=HYPERLINK("x")`,
      "David's Workstation",
      "名前",
    ]) {
      const subject = name("O=Demo", `CN=${commonName}`);
      expect(expectSuccess(await enrol({ subject })).certificate.subject).toEqual(subject);
    }
  });
});
