/** Abuse of the certification request: keys, challenges, names, extensions (threats 9 to 14, 16, 22 to 25). */
import { randomBytes } from "node:crypto";
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
const issuedSoFar = async () => (await tenant.certificates("")).length;

describe("threat 9: a certification request that its key did not sign is refused", () => {
  it("altered signature", async () => {
    const editSignature = (signature: scep.Bytes) =>
      signature.map((octet, index) => (index === 9 ? octet ^ 1 : octet));
    expectFailure(await enrol({ editSignature }), "badMessageCheck");
  });
  it("signed by another key", async () => {
    expectFailure(await enrol({ signingKey: scep.rsaKeyPair() }), "badMessageCheck");
  });
  it("not signed at all", async () => {
    expectFailure(await enrol({ editSignature: () => scep.bytes([]) }), "badMessageCheck");
  });
  it("signed with an unknown algorithm", async () => {
    expectFailure(
      await enrol({ signatureAlgorithm: scep.algorithm("1.2.3.4.5") }),
      "badAlg",
      "badMessageCheck",
    );
  });
  it("signed with MD5, where the template does not allow it", async () => {
    expectFailure(await enrol({ digest: "MD5" }), "badAlg");
  });
});

describe("threat 10: the signer of a first enrolment holds the key that it asks a certificate for", () => {
  it("a request for somebody else's key, truly signed by that key, in a message of another key", async () => {
    const signer = scep.selfSigned(scep.rsaKeyPair());
    expectFailure(await enrol({}, { signer }), "badMessageCheck");
  });
  it("a signer certificate that was issued by somebody, not self-signed", async () => {
    const stranger = scep.rsaKeyPair();
    const certificate = scep.buildCertificate({
      key: stranger,
      signingKey: scep.rsaKeyPair(),
      issuer: name("CN=Some CA"),
    });
    expectFailure(
      await enrol({}, { signer: { key: stranger, certificate } }),
      "badMessageCheck",
      "badRequest",
    );
  });
});

describe("threat 11: weak keys are refused with badAlg", () => {
  const odd = (bits: number): bigint =>
    BigInt(`0x${randomBytes(bits / 8).toString("hex")}`) | (1n << BigInt(bits - 1)) | 1n;
  const rsa = (modulus: bigint, exponent = 65537) =>
    scep.publicOnlyKeyPair("RSA", scep.rsaSpki(modulus, exponent), (length) =>
      scep.bytes(randomBytes(length)),
    );
  /** With exponent 1 a signature is the padded digest itself: anybody can make it. */
  const exponentOne = (): scep.KeyPair => ({
    kind: "RSA",
    spki: scep.rsaSpki(odd(2048), 1),
    sign: (digest, signed) => {
      const info = scep.sequence(
        scep.algorithm(scep.digests[digest].oid),
        scep.octetString(scep.hash(digest, signed)),
      );
      const padding = new Uint8Array(256 - 3 - info.length).fill(0xff);
      return scep.concat(scep.bytes([0, 1]), padding, scep.bytes([0]), info);
    },
  });
  // CVE-2017-15361: primes of the form k * M + (65537^a mod M), M the product of the first 126 primes.
  const roca = (): bigint => {
    const primes: bigint[] = [];
    for (let candidate = 2n; primes.length < 126; candidate++) {
      if (primes.every((prime) => candidate % prime !== 0n)) primes.push(candidate);
    }
    const product = primes.reduce((whole, prime) => whole * prime, 1n);
    const residue = (power: number): bigint => {
      let value = 1n;
      for (let step = 0; step < power; step++) value = (value * 65537n) % product;
      return value;
    };
    const factor = (bits: number, power: number) =>
      ((1n << BigInt(bits)) / product) * product + residue(power);
    return factor(1024, 17) * factor(1024, 23);
  };

  const keys: readonly [string, () => scep.KeyPair][] = [
    ["RSA of 1024 bits", () => scep.rsaKeyPair(1024)],
    ["RSA of 2040 bits", () => rsa(odd(2040))],
    ["RSA of 16384 bits", () => rsa(odd(16_384))],
    ["RSA with an even modulus", () => rsa(odd(2048) - 1n)],
    ["RSA with exponent 1", exponentOne],
    ["RSA with an even exponent", () => rsa(odd(2048), 65536)],
    ["RSA of the ROCA form", () => rsa(roca())],
    ["RSA with a small factor", () => rsa(3n * odd(2048))],
    [
      "an EC key on P-192",
      () =>
        scep.publicOnlyKeyPair(
          "EC",
          scep.ecSpki(oids.p192, scep.bytes([4, ...randomBytes(48)])),
          () => scep.sequence(scep.integer(1), scep.integer(1)),
        ),
    ],
    [
      "an EC point that is not on P-256",
      () =>
        scep.publicOnlyKeyPair(
          "EC",
          scep.ecSpki(oids.p256, scep.bytes([4, ...new Uint8Array(63), 5])),
          () => scep.sequence(scep.integer(1), scep.integer(1)),
        ),
    ],
  ];
  it.each(keys)("%s", async (_, make) => {
    const before = await issuedSoFar();
    const weak = make();
    // A message of the same weak key, and one that only asks for it: neither may get through.
    const own = await enrol({ key: weak }, { signer: scep.selfSigned(weak) });
    expectFailure(own, "badAlg");
    const asked = await enrol({ key: weak }, { signer: scep.selfSigned(key) });
    expectFailure(asked, "badAlg", "badMessageCheck");
    expect(await issuedSoFar()).toBe(before);
  });

  it.each([
    ["RSA of 1024 bits", () => scep.rsaKeyPair(1024)],
    ["RSA with exponent 1", exponentOne],
  ])("%s, with signatures that do verify, is badAlg and nothing else", async (_, make) => {
    const weak = make();
    expectFailure(await enrol({ key: weak }, { signer: scep.selfSigned(weak) }), "badAlg");
  });
});

describe("threat 12: only the exact challenge is the challenge", () => {
  it("wrong, empty, prefix, padded, doubled, with NUL, in other case, of 40 kB: one and the same answer", async () => {
    const variants: readonly (string | scep.Bytes | readonly scep.Bytes[])[] = [
      "wrong",
      "",
      challenge.slice(0, -1),
      ` ${challenge}`,
      `${challenge} `,
      `${challenge}\n`,
      challenge + challenge,
      `${challenge}\0`,
      `\0${challenge}`,
      swapCase(challenge),
      "A".repeat(40_000),
    ];
    const answers = new Set<string>();
    for (const variant of variants) {
      const { failInfo, failInfoText } = expectFailure(
        await enrol({ challenge: variant }),
        "badRequest",
      );
      answers.add(`${failInfo}: ${failInfoText}`);
    }
    expect([...answers]).toHaveLength(1);
  });

  it("one that is no text, or has no value, is no certification request at all", async () => {
    for (const broken of [scep.bytes([0xff, 0xfe, 0xfd]), []]) {
      expectFailure(await enrol({ challenge: broken }), "badRequest", "badMessageCheck");
    }
  });

  it("a challengePassword with two values is refused, whichever of them is right", async () => {
    const right = scep.characterString(challenge);
    const wrong = scep.characterString("wrong");
    expectFailure(await enrol({ challenge: [right, wrong] }), "badRequest", "badMessageCheck");
    const second = scep.attribute(oids.challengePassword, wrong);
    expectFailure(await enrol({ moreAttributes: [second] }), "badRequest", "badMessageCheck");
  });

  it("an unknown challenge and one that has ended or was revoked are not told apart", async () => {
    const revoked = await tenant.token("devices");
    await tenant.api.post(tenant.path(`tokens/${revoked.tokenId}/revoke`));
    const once = await tenant.token("devices", { maxUses: 1 });
    expectSuccess(await enrol({ challenge: once.challenge }));
    const texts = new Set<string | undefined>();
    for (const one of ["unknown", revoked.challenge, once.challenge]) {
      texts.add(expectFailure(await enrol({ challenge: one }), "badRequest").failInfoText);
    }
    expect([...texts]).toHaveLength(1);
  });
});

const swapCase = (text: string): string =>
  text.replaceAll(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

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
