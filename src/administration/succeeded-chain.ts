/** What GetCACert answers with once a CA has taken its predecessor's place. Pure. */
import type { CertificateAuthorityEntry } from "../ports/certificate-authority-directory.ts";
import type { ChainItem } from "../ports/scep-configuration-directory.ts";

/** The certificates of a line, from the CA itself up to the self-signed one. */
export function itemsOfLine(line: readonly CertificateAuthorityEntry[]): readonly ChainItem[] {
  const hosted = line.map(({ id }): ChainItem => ({ type: "certificate-authority", id }));
  const top = line.at(-1);
  const outside = [...(top?.externalChain ?? []).keys()].map((position): ChainItem => ({
    type: "external-authority",
    id: top?.id ?? "",
    position,
  }));
  return [...hosted, ...outside];
}

/**
 * The predecessor's line is replaced by the successor's, everything else stays where it is: agents, their copies, what
 * both lines have, certificates that somebody has added. A root that was left out is left out again.
 */
export function succeededChain(
  chain: readonly ChainItem[],
  before: readonly ChainItem[],
  after: readonly ChainItem[],
): readonly ChainItem[] {
  const placeIn = (line: readonly ChainItem[], item: ChainItem): number =>
    line.findIndex((one) => isSame(one, item));
  if (before.length === after.length)
    return chain.map((item) => after[placeIn(before, item)] ?? item);
  const onlyIssuer = chain.filter((item) => placeIn(before, item) >= 0).length === 1;
  const root = before.at(-1);
  const withRoot = after.length === 1 || (root && placeIn(chain, root) >= 0);
  const wanted = onlyIssuer ? after.slice(0, 1) : withRoot ? after : after.slice(0, -1);
  const first = chain.findIndex((item) => placeIn(before, item) >= 0);
  return chain.flatMap((item, index) =>
    index === first ? wanted : placeIn(before, item) >= 0 ? [] : [item],
  );
}

const isSame = (one: ChainItem, other: ChainItem): boolean =>
  JSON.stringify([one.type, "id" in one && one.id, "position" in one && one.position]) ===
  JSON.stringify([other.type, "id" in other && other.id, "position" in other && other.position]);
