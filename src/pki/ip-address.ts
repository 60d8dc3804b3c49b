/** IPv4 and IPv6 addresses, text (RFC 5952) and the octets of an iPAddress (RFC 5280, section 4.2.1.6). Pure. */
import { DecodeError } from "./decode-error.ts";

export function parseIpAddress(text: string): Uint8Array {
  const octets = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  if (!octets) throw new DecodeError(`"${text.slice(0, 80)}" is not an IP address`);
  return octets;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const numbers = match?.slice(1).map(Number);
  return numbers?.every((number) => number <= 255) ? Uint8Array.from(numbers) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  // The URL parser knows all the spellings, embedded IPv4 included.
  if (!/^[0-9a-f:.]+$/i.test(text) || !URL.canParse(`http://[${text}]/`)) return undefined;
  const groups = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = "", tail] = groups.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const all = [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
  return Uint8Array.from(
    all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}

export function formatIpAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join(".");
  if (octets.length !== 16) throw new DecodeError("an IP address of neither 4 nor 16 octets");
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((octets[2 * index] ?? 0) * 256 + (octets[2 * index + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}
