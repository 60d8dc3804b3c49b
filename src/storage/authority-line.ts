/** A CA and those above it, out of the rows of the directory. */
import { type SQL, sql } from "drizzle-orm";
import type { AuthorityStateName } from "../ports/certificate-authority-directory.ts";
import { certificateAuthorities } from "./schema.ts";

export const lineColumns = {
  id: certificateAuthorities.id,
  name: certificateAuthorities.name,
  parentId: certificateAuthorities.parentId,
  state: certificateAuthorities.state,
  certificateDer: certificateAuthorities.certificateDer,
  externalChain: certificateAuthorities.externalChain,
};

interface LineRow {
  readonly id: string;
  readonly name: string;
  readonly parentId: string | null;
  readonly state: AuthorityStateName;
  readonly certificateDer: Uint8Array | null;
  readonly externalChain: readonly Uint8Array[] | null;
}

/** @param start a SELECT of the id of the CA below all others */
export const inLineOf = (start: SQL): SQL =>
  sql`${certificateAuthorities.id} in (
    with recursive line(id) as (
      ${start}
      union
      select upper.parent_id from certificate_authorities as upper join line on upper.id = line.id
      where upper.parent_id is not null
    ) select id from line)`;

/** From the CA upwards. */
export function orderLine(rows: readonly LineRow[], startId: string): readonly LineRow[] {
  const line: LineRow[] = [];
  let wanted: string | null | undefined = startId;
  while (wanted) {
    const row = rows.find(({ id }) => id === wanted);
    if (row) line.push(row);
    wanted = row?.parentId;
  }
  return line;
}

/** Their certificates, and those above the last one that are not hosted here. */
export const chainOf = (line: readonly LineRow[]): readonly Uint8Array[] => [
  ...line.flatMap(({ certificateDer }) => certificateDer ?? []),
  ...(line.at(-1)?.externalChain ?? []),
];

/** A sentence when nothing may be issued by the first of the line. */
export function closedBecause(line: readonly LineRow[]): string | undefined {
  const [issuer] = line;
  const revoked = line.find(({ state }) => state === "revoked");
  if (revoked && revoked.id !== issuer?.id)
    return `The CA "${revoked.name}", above the configuration's own, was revoked: nothing is issued below it.`;
  if (issuer?.state === "revoked" || issuer?.state === "retired")
    return `The configuration's CA "${issuer.name}" was ${issuer.state}: it issues nothing any more. Make a configuration with another CA.`;
  return undefined;
}
