/** What a token lets through: subjects below its own, names on its list, and nothing that only looks like it. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokenExamples } from "../../src/administration/token-examples.ts";
import { findForeignName, subjectIsWithin } from "../../src/enrolment/policies/token-scope.ts";
import {
  type DistinguishedName,
  parseDistinguishedName,
} from "../../src/pki/distinguished-name.ts";
import { type GeneralName, parseGeneralName } from "../../src/pki/general-name.ts";

const within = (subject: string, token: string): boolean =>
  subjectIsWithin(parseDistinguishedName(subject), parseDistinguishedName(token));

/** What people are shown before they approve is what the policy would do. */
describe("examples", () => {
  const subjects = ["", "C=NZ", "O=Demo", "OU=PKI,O=Contoso", "OU=PKI", "DC=demo,DC=test"];
  it.each([...subjects, "CN=x,O=Demo", "CN=x", "emailAddress=a@b.test,CN=x", "O=A\\, B+L=C,C=NZ"])(
    "of %s are let through and refused as they say",
    (token) => {
      const { accepted, refused } = tokenExamples(parseDistinguishedName(token));
      expect(accepted.length).toBeGreaterThan(0);
      for (const example of accepted) expect(within(example, token), example).toBe(true);
      if (refused !== undefined) expect(within(refused, token), refused).toBe(false);
    },
  );
});

/** The customer guide's own examples (its section 5.1.2.2), and those next to them. */
describe("subjects", () => {
  it.each([
    ["CN=David's Workstation,OU=PKI,O=Contoso", "OU=PKI,O=Contoso"],
    ["CN=David's Second Certificate,OU=Authentication,O=Cogtoso,C=NZ", "C=NZ"],
    ["CN=x,O=Demo", "O=Demo"],
    ["CN=x,OU=a,OU=b,O=Demo", "O=Demo"],
    ["CN=x,O=Demo", "CN=x,O=Demo"],
    ["O=Demo", "O=Demo"],
    ["CN=anything at all", ""],
    ["CN=O=Demo\\,C=NZ,O=Demo", "O=Demo"],
  ])("%s is within %s", (subject, token) => {
    expect(within(subject, token)).toBe(true);
  });

  it.each([
    ["O=Demo,CN=x", "O=Demo"],
    ["O=Contoso,OU=PKI,CN=David's Workstation", "OU=PKI,O=Contoso"],
    ["C=NZ,O=Cogtoso,OU=Authentication,CN=David's Second Certificate", "C=NZ"],
    ["O=Demo,CN=x", "CN=x,O=Demo"],
    ["DC=test,DC=demo,CN=x", "DC=demo,DC=test"],
  ])("the same name written from the other end is within: %s, %s", (subject, token) => {
    expect(within(subject, token)).toBe(true);
  });

  it.each([
    ["O=Other,CN=x,O=Demo", "O=Demo"],
    ["O=Demo,CN=x,O=Other", "O=Demo"],
    ["CN=x,O=Demo,C=NZ", "O=Demo"],
    ["CN=x,OU=PKI,O=Contoso,C=NZ", "OU=PKI,O=Contoso"],
    ["CN=x,OU=Other,O=Contoso", "OU=PKI,O=Contoso"],
    ["CN=x,OU=PKI,OU=Between,O=Contoso", "OU=PKI,O=Contoso"],
    ["CN=x,O=Contoso,OU=PKI", "OU=PKI,O=Contoso"],
    ["CN=x", "O=Demo"],
    ["", "O=Demo"],
    ["CN=x,O=demo", "O=Demo"],
    ["CN=x,O=Demo ", "O=Demo2"],
    ["CN=x,O=Demo Ltd", "O=Demo"],
    ["CN=x,OU=Demo", "O=Demo"],
    ["CN=O=Demo", "O=Demo"],
    ["O=Demo", "CN=x,O=Demo"],
    ["CN=y,O=Demo", "CN=x,O=Demo"],
    ["CN=x,CN=y,O=Demo", "CN=y,O=Demo"],
    ["CN=y,CN=x,O=Demo", "CN=y,O=Demo"],
    ["OU=more,CN=x,O=Demo", "CN=x,O=Demo"],
    ["emailAddress=a@b.test,CN=x,O=Demo", "CN=x,O=Demo"],
  ])("%s is not within %s", (subject, token) => {
    expect(within(subject, token)).toBe(false);
  });

  it("a fixed attribute cannot be given a second value further on, in either order", () => {
    for (const subject of [
      "O=Other,CN=x,O=Demo",
      "O=Demo,CN=x,O=Other",
      "CN=x,O=Other,O=Demo",
      "C=US,CN=x,C=NZ",
    ])
      expect(within(subject, subject.startsWith("C=") ? "C=NZ" : "O=Demo")).toBe(false);
  });

  it("units and domain components may come again below: they are levels", () => {
    expect(within("CN=x,OU=floor 2,OU=PKI,O=Contoso", "OU=PKI,O=Contoso")).toBe(true);
    expect(within("CN=x,DC=lab,DC=demo,DC=test", "DC=demo,DC=test")).toBe(true);
    expect(within("CN=x,DC=demo,DC=lab,DC=test", "DC=demo,DC=test")).toBe(false);
    expect(within("CN=x,DC=test", "DC=demo,DC=test")).toBe(false);
  });

  it("a component of several attributes is one component: all of them, in any order, and no others", () => {
    expect(within("CN=x,O=Demo+C=NZ", "O=Demo+C=NZ")).toBe(true);
    expect(within("CN=x,C=NZ+O=Demo", "O=Demo+C=NZ")).toBe(true);
    expect(within("CN=x,O=Demo", "O=Demo+C=NZ")).toBe(false);
    expect(within("CN=x,O=Demo+C=NZ", "O=Demo")).toBe(false);
    expect(within("CN=x,O=Demo,C=NZ", "O=Demo+C=NZ")).toBe(false);
    expect(within("CN=x+O=Other,O=Demo", "O=Demo")).toBe(false);
    expect(within("CN=x+UID=7,O=Demo", "O=Demo")).toBe(true);
    expect(within("CN=x,O=Demo+O=Demo", "O=Demo+C=NZ")).toBe(false);
  });

  it("a token that names one attribute twice in a component leaves no room for another one there", () => {
    expect(within("CN=x,O=Demo+C=NZ", "O=Demo+O=Demo")).toBe(false);
    expect(within("CN=x,O=Demo+O=Other", "O=Demo+O=Demo")).toBe(false);
  });
});

describe("any subject at all", () => {
  const types = ["2.5.4.3", "2.5.4.10", "2.5.4.11", "2.5.4.6", "0.9.2342.19200300.100.1.25"];
  const component = fc
    .record({ type: fc.constantFrom(...types), value: fc.constantFrom("a", "b", "NZ") })
    .map((attribute) => [attribute]);
  const name: fc.Arbitrary<DistinguishedName> = fc.array(component, { maxLength: 4 });
  const levels = new Set(["2.5.4.11", "0.9.2342.19200300.100.1.25"]);

  it("that is let through has the token's components at one of its ends, and no other value for them", () => {
    fc.assert(
      fc.property(name, name, (subject, token) => {
        if (!subjectIsWithin(subject, token)) return;
        const spelled = (part: DistinguishedName): string => JSON.stringify(part);
        const reversed = subject.toReversed();
        const ends = [subject, reversed].map((order) => spelled(order.slice(0, token.length)));
        expect(ends).toContain(spelled(token));
        for (const { type } of token.flat()) {
          if (levels.has(type)) continue;
          const values = (of: DistinguishedName): string[] =>
            of
              .flat()
              .filter((attribute) => attribute.type === type)
              .map(({ value }) => value);
          expect(values(subject).toSorted()).toEqual(values(token).toSorted());
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("is judged alike in both orders", () => {
    fc.assert(
      fc.property(name, name, (subject, token) => {
        expect(subjectIsWithin(subject.toReversed(), token)).toBe(subjectIsWithin(subject, token));
      }),
      { numRuns: 1000 },
    );
  });

  it("is within a token of the very same subject, and within an empty one", () => {
    fc.assert(
      fc.property(name, (subject) => {
        expect(subjectIsWithin(subject, subject)).toBe(true);
        expect(subjectIsWithin(subject, [])).toBe(true);
      }),
    );
  });
});

const dns = (value: string): GeneralName => parseGeneralName("dns", value);
const foreign = (
  asked: readonly GeneralName[],
  allowed: readonly GeneralName[],
): string | undefined => findForeignName(asked, allowed)?.value;

describe("alternative names", () => {
  const allowed = [
    dns("a.demo.test"),
    parseGeneralName("email", "a@demo.test"),
    parseGeneralName("ip", "10.0.0.1"),
    parseGeneralName("upn", "a@demo.test"),
  ];

  it("none, some or all of those on the list are let through, in any order", () => {
    expect(foreign([], allowed)).toBeUndefined();
    expect(foreign([], [])).toBeUndefined();
    for (const name of allowed) expect(foreign([name], allowed)).toBeUndefined();
    expect(foreign(allowed.toReversed(), allowed)).toBeUndefined();
    expect(foreign([...allowed, ...allowed], allowed)).toBeUndefined();
  });

  it("one that is not on the list declines the request, whatever stands beside it", () => {
    expect(foreign([...allowed, dns("b.demo.test")], allowed)).toBe("b.demo.test");
    expect(foreign([dns("a.demo.test")], [])).toBe("a.demo.test");
  });

  it("a name of another type is another name", () => {
    expect(
      foreign([parseGeneralName("upn", "b@demo.test")], [parseGeneralName("email", "b@demo.test")]),
    ).toBe("b@demo.test");
    expect(foreign([dns("10.0.0.1")], [parseGeneralName("ip", "10.0.0.1")])).toBe("10.0.0.1");
    expect(foreign([parseGeneralName("email", "x@a.demo.test")], [dns("*.demo.test")])).toBe(
      "x@a.demo.test",
    );
  });

  it("spelling does not matter where it means nothing: case of DNS names, zeros of addresses", () => {
    expect(foreign([dns("A.Demo.TEST")], allowed)).toBeUndefined();
    const long = parseGeneralName("ip", "2001:0db8:0000:0000:0000:0000:0000:0001");
    expect(foreign([long], [parseGeneralName("ip", "2001:db8::1")])).toBeUndefined();
  });

  it("a wildcard on the list lets through every name below it, and only below", () => {
    const wildcard = [dns("*.demo.test")];
    for (const value of ["a.demo.test", "a.b.demo.test", "A.DEMO.TEST", "xn--zrich-kva.demo.test"])
      expect(foreign([dns(value)], wildcard)).toBeUndefined();
    for (const value of [
      "demo.test",
      "ademo.test",
      "a.demo.test.evil.test",
      "a.demo.tes",
      "test",
      "demo.test.demo",
    ])
      expect(foreign([dns(value)], wildcard)).toBe(value);
  });

  it("without a wildcard on the list no name is a pattern", () => {
    expect(foreign([dns("b.a.demo.test")], allowed)).toBe("b.a.demo.test");
    expect(foreign([dns("*.demo.test")], allowed)).toBe("*.demo.test");
  });
});
