/** RFC 5280, sections 4.2.1.10 and 6: which names a CA's constraints let through, and which ways up are ways. */
import { describe, expect, it } from "vitest";
import { checkNameConstraints, placeSubject } from "../../src/ca/name-constraints.ts";
import { parseDistinguishedName } from "../../src/pki/distinguished-name.ts";
import { type GeneralNameType, parseGeneralName } from "../../src/pki/general-name.ts";
import {
  encodeNameConstraints,
  type NameConstraint,
  parseNameConstraint,
  readNameConstraints,
} from "../../src/pki/name-constraints.ts";

const constrain = (
  permitted: readonly NameConstraint[],
  excluded: readonly NameConstraint[] = [],
) =>
  readNameConstraints(
    encodeNameConstraints({
      permitted: permitted.map(parseNameConstraint),
      excluded: excluded.map(parseNameConstraint),
    }),
  );

type Names = readonly (readonly [GeneralNameType, string])[];
const refusal = (
  subject: string,
  names: Names,
  constraints: ReturnType<typeof constrain>,
): string | undefined => {
  const checked = checkNameConstraints(
    parseDistinguishedName(subject),
    names.map(([type, value]) => parseGeneralName(type, value)),
    [constraints],
  );
  return checked.ok ? undefined : checked.error.detail;
};

describe("4.2.1.10 permitted names", () => {
  it.each<[string, NameConstraint, Names, Names]>([
    [
      "a domain stands for itself and all below it",
      { type: "dns", value: "Example.com" },
      [
        ["dns", "example.com"],
        ["dns", "a.b.EXAMPLE.com"],
        ["dns", "*.example.com"],
      ],
      [
        ["dns", "notexample.com"],
        ["dns", "example.com.evil.test"],
        ["dns", "com"],
      ],
    ],
    [
      "a mail host stands for its mailboxes and no host below it",
      { type: "email", value: "example.com" },
      [["email", "a@example.com"]],
      [
        ["email", "a@mail.example.com"],
        ["email", "a@other.com"],
      ],
    ],
    [
      "a mail domain with a dot stands for the hosts below it alone",
      { type: "email", value: ".example.com" },
      [["email", "a@mail.example.com"]],
      [["email", "a@example.com"]],
    ],
    [
      "a mail address stands for itself",
      { type: "email", value: "a@example.com" },
      [["email", "a@EXAMPLE.com"]],
      [
        ["email", "A@example.com"],
        ["email", "b@example.com"],
      ],
    ],
    [
      "an IPv4 network",
      { type: "ip", value: "10.1.0.0/20" },
      [
        ["ip", "10.1.15.255"],
        ["ip", "10.1.0.0"],
      ],
      [
        ["ip", "10.1.16.0"],
        ["ip", "::ffff:a01:1"],
      ],
    ],
    [
      "an IPv6 network",
      { type: "ip", value: "2001:db8::/33" },
      [["ip", "2001:db8:7fff::1"]],
      [
        ["ip", "2001:db8:8000::1"],
        ["ip", "10.0.0.1"],
      ],
    ],
  ])("%s", (_, constraint, inside, outside) => {
    const constraints = constrain([constraint]);
    for (const name of inside) expect(refusal("CN=x", [name], constraints)).toBeUndefined();
    for (const name of outside)
      expect(refusal("CN=x", [name], constraints)).toMatch(/name constraints .* permit only/);
  });

  it("a directory name stands for all subjects that begin like it, whatever their letter case and spaces", () => {
    const constraints = constrain([{ type: "directoryName", value: "O=Demo  Org,C=DE" }]);
    expect(refusal("CN=x,O=demo org,C=DE", [], constraints)).toBeUndefined();
    expect(refusal("CN=x,O=Demo Org", [], constraints)).toMatch(/permit only O=Demo/);
    expect(refusal("O=Demo Org,C=DE,CN=x", [], constraints)).toMatch(/The subject has/);
    expect(refusal("", [["dns", "a.test"]], constraints)).toBeUndefined();
  });

  it("judges what devices and outside CAs write as it is, lawful or not", () => {
    const constraints = constrain([{ type: "directoryName", value: "O=Demo" }]);
    const subject = (...values: readonly (readonly [string, string])[]) =>
      checkNameConstraints(
        values.map(([type, value]) => [{ type, value }]),
        [],
        [constraints],
      ).ok;
    const organization = ["2.5.4.10", "Demo"] as const;
    for (const odd of [
      ["2.5.4.5", "FOC_1234*"], // a serialNumber that is no PrintableString
      ["2.5.4.6", "DEU"],
      ["2.5.4.3", ""],
      ["2.5.4.3", " #x\n,+\\ "],
      ["2.25.329800735698586629295641978511506172918", "x"],
    ] as const) {
      expect(subject(organization, odd)).toBe(true);
      expect(subject(odd, organization)).toBe(false);
    }
    const odd = { permitted: [{ type: "directoryName", value: "C=DEU" }], excluded: [] } as const;
    expect(checkNameConstraints([[{ type: "2.5.4.6", value: "deu" }]], [], [odd]).ok).toBe(true);
  });

  it("types that are not mentioned are free", () => {
    const constraints = constrain([{ type: "dns", value: "example.com" }]);
    expect(
      refusal(
        "CN=x",
        [
          ["ip", "10.0.0.1"],
          ["upn", "a@b"],
        ],
        constraints,
      ),
    ).toBeUndefined();
  });

  it("a common name that looks like a host counts as one when there is no dNSName, as OpenSSL has it", () => {
    const constraints = constrain([{ type: "dns", value: "example.com" }]);
    expect(refusal("CN=www.other.test", [], constraints)).toMatch(/dns www\.other\.test/);
    expect(refusal("CN=www.other.test", [["dns", "a.example.com"]], constraints)).toBeUndefined();
    expect(refusal("CN=printer 3", [], constraints)).toBeUndefined();
  });

  it("4.2.1.10 an emailAddress in the subject is a mail name", () => {
    const constraints = constrain([{ type: "email", value: "example.com" }]);
    expect(refusal("E=a@other.test,CN=x", [], constraints)).toMatch(/email a@other\.test/);
  });
});

describe("4.2.1.10 excluded names", () => {
  it("go before permitted ones, and a wildcard stands for the name that is excluded", () => {
    const constraints = constrain(
      [{ type: "dns", value: "example.com" }],
      [{ type: "dns", value: "secret.example.com" }],
    );
    expect(refusal("CN=x", [["dns", "open.example.com"]], constraints)).toBeUndefined();
    for (const name of ["secret.example.com", "a.secret.example.com", "*.example.com"])
      expect(refusal("CN=x", [["dns", name]], constraints)).toMatch(/exclude secret/);
  });
});

describe("names that others constrain", () => {
  const foreign = (hex: string) =>
    readNameConstraints(
      Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    );

  it("a constraint on otherName is not understood, so every UPN lies outside of it", () => {
    // permitted [0] { { [0] otherName UPN "@x" } }
    const permitted = foreign("3018a0163014a012060a2b060104018237140203a0040c024078");
    expect(permitted.permitted).toEqual([{ type: "other", value: "[0]" }]);
    expect(refusal("CN=x", [["upn", "a@x"]], permitted)).toMatch(/permit only/);
    const excluded = { permitted: [], excluded: permitted.permitted };
    expect(refusal("CN=x", [["upn", "a@x"]], excluded)).toMatch(/exclude/);
    expect(refusal("CN=x", [["dns", "a.test"]], permitted)).toBeUndefined();
  });

  it("a URI lies within by its host, and one without a host does not", () => {
    const constraints = {
      permitted: [{ type: "uri", value: ".example.com" } as const],
      excluded: [],
    };
    expect(refusal("CN=x", [["uri", "https://a.example.com/b"]], constraints)).toBeUndefined();
    expect(refusal("CN=x", [["uri", "urn:example:1"]], constraints)).toMatch(/permit only/);
  });
});

it("a subject of our own is moved below what is permitted", () => {
  const constraints = [constrain([{ type: "directoryName", value: "OU=Devices,O=Demo" }])];
  const subject = parseDistinguishedName("CN=SCEP agent x,O=Tenant");
  expect(placeSubject(subject, constraints)).toEqual(
    parseDistinguishedName("CN=SCEP agent x,OU=Devices,O=Demo"),
  );
  expect(placeSubject(subject, [])).toEqual(subject);
});

it.each<[NameConstraint["type"], string]>([
  ["dns", "exa mple.com"],
  ["dns", "*.example.com"],
  ["email", "a@b@c"],
  ["ip", "10.0.0.1"],
  ["ip", "10.0.0.0/33"],
  ["ip", "10.0.0.0/2001:db8::"],
  ["directoryName", ""],
  ["directoryName", "nonsense"],
  ["uri", "example.com"],
])("as a person writes it, %s %s is no constraint", (type, value) => {
  expect(() => parseNameConstraint({ type, value })).toThrow();
});
