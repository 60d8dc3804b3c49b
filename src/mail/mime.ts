/** A mail as it travels (RFC 5322, RFC 2045 to 2047): both forms side by side in base64, so that no line is too long. */
import { toBase64 } from "../pki/bytes.ts";
import type { Mail } from "../ports/mail-transport.ts";

const lineLength = 76;
/** Octets of one encoded-word: with the name of its header in front it stays under the 78 characters of a line. */
const wordOctets = 39;

/** @param from an address, or `Name <address>` */
export function toMime(mail: Mail, from: string): string {
  const boundary = `edge-scep-${crypto.randomUUID()}`;
  const headers = [
    ["From", encodedFrom(from)],
    ["To", mail.to],
    ["Subject", encodedWords(mail.subject)],
    ["Date", mail.at.toUTCString().replace("GMT", "+0000")],
    ["Message-ID", `<${mail.id}@${domainOf(from)}>`],
    // RFC 3834: nobody's absence note shall answer.
    ["Auto-Submitted", "auto-generated"],
    ["MIME-Version", "1.0"],
    ["Content-Type", `multipart/alternative;\r\n boundary="${boundary}"`],
  ];
  const part = (type: string, text: string) =>
    `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64Lines(text)}\r\n`;
  return [
    ...headers.map(([name = "", value = ""]) => `${name}: ${header(value)}\r\n`),
    "\r\n",
    part("text/plain", mail.text),
    part("text/html", mail.html),
    `--${boundary}--\r\n`,
  ].join("");
}

/** The address of a sender that may have a name. */
export const addressOf = (from: string): string => /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from;

const domainOf = (from: string): string => addressOf(from).split("@").at(-1) ?? "localhost";

/** A line break may only stand before white space, where it continues the header. */
function header(value: string): string {
  if (/[\r\n](?![ \t])|\0/.test(value.replaceAll("\r\n", "\n")))
    throw new Error("A mail header has a line break.");
  return value;
}

function encodedFrom(from: string): string {
  const name = /^(.*)<[^<>]+>\s*$/.exec(from)?.[1]?.trim() ?? "";
  return name === "" ? addressOf(from) : `${encodedWords(name)} <${addressOf(from)}>`;
}

function encodedWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && text.length < 200) return text;
  const words: string[] = [];
  let octets: number[] = [];
  const encoder = new TextEncoder();
  const flush = () => {
    if (octets.length > 0) words.push(`=?UTF-8?B?${toBase64(Uint8Array.from(octets))}?=`);
    octets = [];
  };
  // Character by character: an encoded-word may not end within one.
  for (const character of text) {
    const more = encoder.encode(character);
    if (octets.length + more.length > wordOctets) flush();
    octets.push(...more);
  }
  flush();
  return words.join("\r\n ");
}

function base64Lines(text: string): string {
  const encoded = toBase64(new TextEncoder().encode(text.replaceAll(/\r?\n/g, "\r\n")));
  return (encoded.match(new RegExp(`.{1,${lineLength}}`, "g")) ?? []).join("\r\n");
}
