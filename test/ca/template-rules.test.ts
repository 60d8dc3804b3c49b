/** What a whole request gets from a template, judged by the certificate content: names, domains, validity, policies. */
import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificatePolicies } from "@peculiar/asn1-x509";
import { describe, expect, it } from "vitest";
import type { CertificateTemplate } from "../../src/ca/certificate-template.ts";
import { applyTemplate, type RequestedCertificate } from "../../src/ca/end-entity.ts";
import type { RequestContext } from "../../src/ca/request-context.ts";
import { requestWarnings } from "../../src/ca/request-warnings.ts";
import { parseCertificationRequest } from "../../src/pki/certification-request.ts";
import { formatDistinguishedName } from "../../src/pki/distinguished-name.ts";
import * as scep from "../support/scep-client/index.ts";
import { template, unvalidated } from "../support/templates.ts";

const key = scep.rsaKeyPair();
const { dns, upn, uri, email } = scep.generalName;
const [day, year] = [86_400, 365 * 86_400];

type Plan = Partial<scep.CertificationRequestPlan>;

const parsed = (plan: Plan) =>
  parseCertificationRequest(scep.buildCertificationRequest({ key, ...plan }));

async function judge(
  plan: Plan,
  changes: Partial<CertificateTemplate> = {},
  context: RequestContext = unvalidated,
): Promise<RequestedCertificate | string> {
  const applied = await applyTemplate(parsed(plan), template(changes), ["SHA-256"], context);
  return applied.ok ? applied.value : applied.error.reason;
}

const granted = async (...input: Parameters<typeof judge>): Promise<RequestedCertificate> => {
  const answer = await judge(...input);
  if (typeof answer === "string") throw new Error(`refused: ${answer}`);
  return answer;
};

const sans = (...names: readonly scep.Bytes[]): Plan => ({
  extensions: [scep.extensions.subjectAltName(...names)],
});

describe("a required domain", () => {
  const required = (
    places: readonly ("dns" | "upn" | "commonName")[],
    domains = ["corp.example"],
  ) => ({ requiredDomain: { domains, in: places } });
  const missing = "required_domain_missing";
  const cn = (value: string): Plan => ({ subject: scep.name("O=Demo", `CN=${value}`) });

  it.each([
    ["the domain itself", "corp.example"],
    ["a name below it", "host.corp.example"],
    ["a name far below it, in capitals", "A.B.Corp.Example"],
  ])("%s carries it, as a DNS SAN and as common name", async (_, name) => {
    expect(typeof (await judge(sans(dns(name)), required(["dns"])))).toBe("object");
    expect(typeof (await judge(cn(name), required(["commonName"])))).toBe("object");
  });

  it.each([
    ["a label that only ends alike", "evilcorp.example"],
    ["the domain as a label of another", "corp.example.evil.test"],
    ["its parent", "example"],
    ["another", "corp.test"],
  ])("%s does not, wherever it stands", async (_, name) => {
    const places = required(["dns", "upn", "commonName"]);
    expect(await judge(sans(dns(name)), places)).toBe(missing);
    expect(await judge(sans(upn(`user@${name}`)), places)).toBe(missing);
    expect(await judge(cn(name), places)).toBe(missing);
  });

  it("counts only in the places that are named", async () => {
    const request = { ...sans(dns("a.corp.example")), ...cn("a.corp.example") };
    expect(await judge(request, required(["upn"]))).toBe(missing);
    expect(await judge(sans(upn("user@corp.example")), required(["dns", "commonName"]))).toBe(
      missing,
    );
    expect(await judge(sans(email("user@corp.example")), required(["dns", "upn"]))).toBe(missing);
    expect(typeof (await judge(sans(upn("User@Sub.CORP.example")), required(["upn"])))).toBe(
      "object",
    );
  });

  it("is one of several, and text that merely ends in it is no name", async () => {
    const two = required(["dns", "commonName"], ["one.test", "two.test"]);
    expect(typeof (await judge(sans(dns("x.test"), dns("a.two.test")), two))).toBe("object");
    expect(await judge(cn("evil.example a.one.test"), two)).toBe(missing);
    expect(await judge(cn("evil/a.one.test"), two)).toBe(missing);
  });

  it("that is none any more refuses everything", async () => {
    expect(await judge(sans(dns("corp.example")), required(["dns"], []))).toBe(missing);
  });
});

describe("domains that names are held to (threat 24)", () => {
  const held = {
    subjectAltName: {
      types: ["dns", "email", "ip", "upn", "uri"],
      wildcardDns: true,
      domains: ["corp.example"],
    },
  } as const;

  it.each([
    dns("a.corp.example"),
    dns("*.corp.example"),
    email("x@corp.example"),
    upn("x@a.Corp.Example"),
    uri("https://user@a.corp.example:8443/path"),
    uri("urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    uri("sip:a.corp.example:5061"),
    scep.generalName.ip(10, 0, 0, 1),
  ])("issues names within, and those that lie in no domain", async (name) => {
    expect(typeof (await judge(sans(name), held))).toBe("object");
  });

  it.each([
    dns("a.other.example"),
    dns("corp.example.other"),
    email("administrator@other.example"),
    upn("administrator@evilcorp.example"),
    uri("https://corp.example@other.example/"),
    uri("https://other.example/corp.example"),
    uri("https://other.example?x=.corp.example"),
    uri(String.raw`https://other.example\.corp.example/`),
    uri("https:other.example"),
    uri("https:///other.example"),
    uri("sip:other.example"),
    uri("sips:x@corp.example@other.example:5061;transport=tls"),
  ])("refuses names outside", async (name) => {
    expect(await judge(sans(name, dns("a.corp.example")), held)).toBe(
      "subject_alt_name_not_allowed",
    );
  });
});

describe("the security identifier (threat 22)", () => {
  const tag = "tag:microsoft.com,2022-09-14:sid:";
  const sid = "S-1-5-21-1004336348-1177238915-682003330-1104";
  const byIntune: RequestContext = { validatedByIntune: true };
  const refused = "subject_alt_name_not_allowed";

  it("is kept when Intune validated the request, and refused otherwise", async () => {
    const { subjectAltNames } = await granted(
      sans(dns("a.test"), uri(tag + sid)),
      {
        subjectAltName: { types: ["dns", "uri"], wildcardDns: false, domains: ["a.test"] },
      },
      byIntune,
    );
    expect(subjectAltNames).toContainEqual({ type: "uri", value: tag + sid });
    expect(await judge(sans(uri(tag + sid)))).toBe(refused);
  });

  it.each([
    ["another kind of text", `${tag}administrator`],
    ["no subauthority", `${tag}S-1-5`],
    ["a revision that is none", `${tag}S-2-5-21-1`],
    ["something behind it", `${tag}${sid}/x`],
    ["a letter case that is not Microsoft's", (tag + sid).toUpperCase()],
  ])("with %s is refused, Intune or not", async (_, value) => {
    expect(await judge(sans(uri(value)), {}, byIntune)).toBe(refused);
  });

  it("twice is refused, also when both are the same", async () => {
    expect(await judge(sans(uri(tag + sid), uri(tag + sid)), {}, byIntune)).toBe(refused);
  });

  it("as an extension is dropped, and the preview says so", async () => {
    const plan = {
      extensions: [scep.extensions.sid(sid), scep.extensions.subjectAltName(dns("a.test"))],
    };
    const answer = await granted(plan, {}, byIntune);
    expect(JSON.stringify(requestWarnings(parsed(plan), template(), answer))).toContain(
      "1.3.6.1.4.1.311.25.2",
    );
  });
});

describe("a wish for a validity", () => {
  const pair = (name: string, value: string): scep.Bytes =>
    scep.sequence(
      scep.characterString(name, scep.tag.bmp),
      scep.characterString(value, scep.tag.bmp),
    );
  const oid = "1.3.6.1.4.1.311.13.2.1";
  const wish = (period: string, units: string): Plan => ({
    moreAttributes: [
      scep.attribute(oid, pair("ValidityPeriod", period), pair("ValidityPeriodUnits", units)),
    ],
  });
  const upTo = (days: number) => ({
    validitySeconds: 90 * day,
    requestedValidity: { honour: true, maximumSeconds: days * day },
  });
  const seconds = async (plan: Plan, changes: Partial<CertificateTemplate> = upTo(1000)) =>
    (await granted(plan, changes)).content.validitySeconds;

  it("is honoured as Windows says it, and as Android swaps it", async () => {
    expect(await seconds(wish("Years", "1"))).toBe(year);
    expect(await seconds(wish("1", "Years"))).toBe(year);
    expect(await seconds(wish("Months", "6"))).toBe(year / 2);
    expect(await seconds(wish("weeks", " 2 "))).toBe(14 * day);
    expect(await seconds(wish("Hours", "8"))).toBe(8 * 3600);
  });

  it("in attributes of their own, and from whichever name comes first", async () => {
    const [first, second, late] = [
      pair("ValidityPeriodUnits", "30"),
      pair("ValidityPeriod", "Days"),
      pair("ValidityPeriod", "Years"),
    ].map((value) => scep.attribute(oid, value));
    expect(await seconds({ moreAttributes: [first!, second!] })).toBe(30 * day);
    const parts = [pair("ValidityPeriod", "Days"), pair("ValidityPeriodUnits", "3")];
    const once = scep.sequence(
      scep.oid(oid),
      scep.setAsGiven(...parts, pair("ValidityPeriod", "Years")),
    );
    expect(await seconds({ moreAttributes: [once] })).toBe(3 * day);
    expect(await seconds({ moreAttributes: [late!] })).toBe(90 * day);
  });

  it("is cut to the maximum, which is the template's own validity where none is set", async () => {
    expect(await seconds(wish("Years", "10"))).toBe(1000 * day);
    expect(await seconds(wish("Years", "999999999"))).toBe(1000 * day);
    expect(await seconds(wish("Years", "1"), { validitySeconds: 90 * day })).toBe(90 * day);
    expect(await seconds(wish("Days", "30"), { validitySeconds: 90 * day })).toBe(30 * day);
  });

  it("counts for nothing where the template does not honour it", async () => {
    const deaf = { validitySeconds: 90 * day, requestedValidity: { honour: false } };
    expect(await seconds(wish("Days", "30"), deaf)).toBe(90 * day);
  });

  it.each([
    ["Years", "0"],
    ["Years", "-1"],
    ["Years", "1.5"],
    ["Years", ""],
    ["Fortnights", "2"],
    ["Years", "Years"],
    ["1", "1"],
    ["Years", "9".repeat(40)],
    ["constructor", "1"],
  ])("that makes no sense (%s, %s) is ignored, and the preview says so", async (period, units) => {
    expect(await seconds(wish(period, units))).toBe(90 * day);
    const answer = await granted(wish(period, units), upTo(1000));
    const warnings = requestWarnings(parsed(wish(period, units)), template(upTo(1000)), answer);
    expect(warnings.join()).toContain("makes no sense");
  });

  it("that is no pair of strings is ignored", async () => {
    for (const value of [
      scep.nullValue,
      scep.sequence(),
      scep.sequence(scep.integer(1), scep.integer(2)),
    ])
      expect(await seconds({ moreAttributes: [scep.attribute(oid, value)] })).toBe(90 * day);
  });
});

describe("extensions that a template adds", () => {
  it("extended key usages that are always there come behind what was asked for, each once", async () => {
    const [client, server, extra] = [
      scep.oids.clientAuth,
      scep.oids.serverAuth,
      "1.3.6.1.4.1.99999.7",
    ];
    const rules = {
      extendedKeyUsage: { allowed: [client, server], default: [client], always: [extra, client] },
    };
    const asking = (...purposes: string[]): Plan => ({
      extensions: [scep.extensions.extendedKeyUsage(...purposes)],
    });
    const of = async (plan: Plan) => (await granted(plan, rules)).content.extendedKeyUsage;
    expect(await of({})).toEqual([client, extra]);
    expect(await of(asking(server))).toEqual([server, extra, client]);
    expect(await of(asking(scep.oids.smartcardLogon))).toEqual([client, extra]);
  });

  it("certificate policies with and without a CPS pointer, as the schema classes read them", async () => {
    const certificatePolicies = [
      { policy: "1.3.6.1.4.1.99999.1.2", cpsUri: "https://pki.example.test/cps" },
      { policy: "2.16.840.1.101.3.2.1.48.1" },
    ];
    const { content } = await granted({}, { certificatePolicies });
    const read = AsnConvert.parse(
      new Uint8Array(content.certificatePoliciesDer ?? []),
      CertificatePolicies,
    );
    expect(read.map(({ policyIdentifier }) => policyIdentifier)).toEqual(
      certificatePolicies.map(({ policy }) => policy),
    );
    const [qualifier] = read[0]?.policyQualifiers ?? [];
    expect(qualifier?.policyQualifierId).toBe("1.3.6.1.5.5.7.2.1");
    expect(new TextDecoder().decode(qualifier?.qualifier)).toContain(
      "https://pki.example.test/cps",
    );
    expect(read[1]?.policyQualifiers).toBeUndefined();
    expect((await granted({})).content.certificatePoliciesDer).toBeUndefined();
  });
});

describe("the common name", () => {
  const rule = (commonName: "optional" | "required" | "fill", allowEmpty = true) => ({
    subject: { allowEmpty, commonName },
  });
  const subjectOf = async (plan: Plan, changes: Partial<CertificateTemplate>) => {
    const answer = await judge(plan, changes);
    return typeof answer === "string" ? answer : formatDistinguishedName(answer.subject);
  };
  const refused = "subject_not_allowed";
  const organisation = { subject: scep.name("O=Demo") };
  const empty = { subject: scep.name("O=Demo", "CN=") };
  const names = sans(upn("user@corp.example"), dns("host.corp.example"));

  it("may be absent, unless the template wants one; an empty one is never issued", async () => {
    expect(await subjectOf(organisation, rule("optional"))).toBe("O=Demo");
    expect(await subjectOf(organisation, rule("required"))).toBe(refused);
    expect(await subjectOf({ ...empty, ...names }, rule("optional"))).toBe(refused);
    expect(await subjectOf({ ...empty, ...names }, rule("required"))).toBe(refused);
  });

  it("is filled from the names where it is absent or empty, DNS first, and is otherwise left alone", async () => {
    expect(await subjectOf({ ...organisation, ...names }, rule("fill"))).toBe(
      "CN=host.corp.example,O=Demo",
    );
    expect(await subjectOf({ ...empty, ...names }, rule("fill"))).toBe(
      "CN=host.corp.example,O=Demo",
    );
    expect(await subjectOf({ subject: scep.name(), ...names }, rule("fill", false))).toBe(
      "CN=host.corp.example",
    );
    expect(await subjectOf({ subject: scep.name("CN=mine"), ...names }, rule("fill"))).toBe(
      "CN=mine",
    );
  });

  it("is filled with what fits into 64 characters, or the request is refused", async () => {
    const long = `${"a".repeat(60)}.corp.example`;
    expect(
      await subjectOf({ ...organisation, ...sans(dns(long), email("a@b.test")) }, rule("fill")),
    ).toBe("CN=a@b.test,O=Demo");
    expect(await subjectOf({ ...organisation, ...sans(dns(long)) }, rule("fill"))).toBe(refused);
    expect(await subjectOf(organisation, rule("fill"))).toBe(refused);
  });

  it("that is filled in counts for the required domain; the other components keep their octets", async () => {
    const latin = { type: "O", value: new Uint8Array([0x5a, 0xfc]), stringTag: 0x14 };
    const answer = await granted(
      { subject: scep.name(latin), ...sans(dns("h.corp.example")) },
      { ...rule("fill"), requiredDomain: { domains: ["corp.example"], in: ["commonName"] } },
    );
    expect(scep.hex(answer.content.subjectDer)).toContain(scep.hex(scep.name(latin).slice(2)));
  });
});

it("a renewal that names nothing keeps its names, and the template judges them as if they were asked for", async () => {
  const heldSubjectAltNames = [{ type: "dns", value: "h.corp.example" }] as const;
  const context = { validatedByIntune: false, heldSubjectAltNames };
  const domain = { requiredDomain: { domains: ["corp.example"], in: ["dns"] } } as const;
  expect((await granted({}, domain, context)).subjectAltNames).toEqual(heldSubjectAltNames);
  expect((await granted(sans(dns("other.corp.example")), domain, context)).subjectAltNames).toEqual(
    [{ type: "dns", value: "other.corp.example" }],
  );
  expect(await judge({}, { subjectAltName: { types: ["upn"], wildcardDns: false } }, context)).toBe(
    "subject_alt_name_not_allowed",
  );
});
