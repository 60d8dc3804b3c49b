/** Domains as people type them: `Corp.Example`, `.corp.example`; stored in lower case without a dot at either end. */
import { isDnsName } from "../pki/general-name.ts";
import { ok } from "../result.ts";
import { invalid, type Outcome } from "./refusal.ts";

export function readDomains(field: string, typed: readonly string[]): Outcome<readonly string[]> {
  const domains = typed.map((domain) =>
    domain
      .trim()
      .replace(/^\*?\.|\.$/g, "")
      .toLowerCase(),
  );
  const wrong = typed[domains.findIndex((domain) => !isDnsName(domain) || domain.startsWith("*"))];
  if (wrong !== undefined)
    return invalid(field, `"${wrong.slice(0, 80)}" is not a domain, such as corp.example.com.`);
  return ok([...new Set(domains)]);
}
