/**
 * Whether a host that a tenant names may be asked by us (threat 40): a name that means the same everywhere, and no address
 * by number. That a public name resolves to a private address is left to the network: a deployed Worker's requests leave
 * to the public Internet only.
 */

/** Names that are nobody's in public: RFC 6761, 6762, 8375, 9476, and what people use in their houses. */
const privateEndings =
  /(^|\.)(localhost|local|internal|intranet|private|corp|home|lan|localdomain|test|example|invalid|onion|alt|arpa)$/;

/** In every spelling, because `URL` has made one spelling of them. */
export const isNumericHost = (hostname: string): boolean =>
  hostname.startsWith("[") || /^[\d.]+$/.test(hostname);

/** @param hostname as `URL` has it; a dot at its end changes nothing about where it leads */
export function isPublicName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  return (
    !isNumericHost(name) && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name) && !privateEndings.test(name)
  );
}
