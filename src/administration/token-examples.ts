/** What a token's subject would let through, in examples: for people who decide whether it is too vague. Pure. */
import {
  type AttributeTypeAndValue,
  type DistinguishedName,
  formatDistinguishedName,
} from "../pki/distinguished-name.ts";

const [commonName, organizationalUnit, organization] = ["2.5.4.3", "2.5.4.11", "2.5.4.10"];
const domainComponent = "0.9.2342.19200300.100.1.25";

export interface TokenExamples {
  /** `anything`: no organisation is named. `below`: any device of it. `exact`: one subject and no other. */
  readonly breadth: "anything" | "below" | "exact";
  /** RFC 4514: subjects that the policy of tokens accepts. */
  readonly accepted: readonly string[];
  /** One that it does not; absent where there is none. */
  readonly refused?: string;
}

export function tokenExamples(fixed: DistinguishedName): TokenExamples {
  const types = new Set(fixed.flat().map(({ type }) => type));
  const below = (...more: readonly AttributeTypeAndValue[]) =>
    formatDistinguishedName([...fixed, ...more.map((attribute) => [attribute])]);
  const device = { type: commonName, value: "anything" };
  if (types.has(commonName)) {
    return {
      breadth: "exact",
      accepted: [formatDistinguishedName(fixed)],
      refused: below({ type: organizationalUnit, value: "More" }),
    };
  }
  const named = types.has(organization) || types.has(domainComponent);
  const accepted = [below(device)];
  if (named) accepted.push(below({ type: organizationalUnit, value: "Any department" }, device));
  else {
    const somebody = { type: organization, value: "Somebody else's company" };
    accepted.push(below(somebody, device));
  }
  return {
    breadth: named ? "below" : "anything",
    accepted,
    ...(fixed.length > 0 && { refused: formatDistinguishedName([[device]]) }),
  };
}
