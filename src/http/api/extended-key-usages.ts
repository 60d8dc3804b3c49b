/** Extended key usages by name (RFC 5280, section 4.2.1.12), for those that people write most. */
import { oids } from "../../pki/oids.ts";

export const extendedKeyUsageOids: ReadonlyMap<string, string> = new Map([
  ["serverAuth", oids.serverAuth],
  ["clientAuth", oids.clientAuth],
  ["codeSigning", "1.3.6.1.5.5.7.3.3"],
  ["emailProtection", "1.3.6.1.5.5.7.3.4"],
  ["ipsecIKE", "1.3.6.1.5.5.7.3.17"],
]);

/** The other way round. */
export const extendedKeyUsageNames: ReadonlyMap<string, string> = new Map(
  Array.from(extendedKeyUsageOids, ([name, oid]) => [oid, name]),
);

export const toOids = (usages: readonly string[]): string[] =>
  usages.map((usage) => extendedKeyUsageOids.get(usage) ?? usage);
