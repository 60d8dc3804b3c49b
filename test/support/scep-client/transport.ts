/** HTTP of SCEP (RFC 8894, section 4), and all the spellings in which clients put base64 into a query. */
import { type Certificate, readCertificate } from "./certificates.ts";
import { type Bytes, bytes } from "./der.ts";
import { readDegenerate } from "./signed-data-reader.ts";

/** Node's fetch, or a Worker's own. */
export type Fetch = (request: Request) => Promise<Response>;

const base64 = (message: Uint8Array): string => Buffer.from(message).toString("base64");
const lines = (value: string): string => value.replaceAll(/.{64}/g, "$&\n");

/** Query values as real clients write them; the names say who or what. */
export const base64Spellings: Readonly<Record<string, (message: Uint8Array) => string>> = {
  "percent-encoded": (message) => encodeURIComponent(base64(message)),
  "raw plus and slash (jscep, Apple)": (message) => base64(message).replaceAll("=", "%3D"),
  "nothing escaped at all": base64,
  "line feeds every 64 characters (sscep, strongSwan, Cisco)": (message) =>
    encodeURIComponent(lines(base64(message))),
  "CR LF every 64 characters": (message) =>
    encodeURIComponent(lines(base64(message)).replaceAll("\n", "\r\n")),
  "a trailing line feed": (message) => encodeURIComponent(`${base64(message)}\n`),
  "base64url alphabet (micromdm)": (message) => Buffer.from(message).toString("base64url"),
  "base64url alphabet with padding": (message) =>
    encodeURIComponent(base64(message).replaceAll("+", "-").replaceAll("/", "_")),
  "padding missing": (message) => encodeURIComponent(base64(message).replaceAll("=", "")),
  "plus turned into a space": (message) =>
    base64(message).replaceAll("+", "%20").replaceAll("=", "%3D"),
  "escaped twice": (message) => encodeURIComponent(encodeURIComponent(base64(message))),
  "lower-case percent escapes": (message) =>
    encodeURIComponent(base64(message)).replaceAll(/%[0-9A-F]{2}/g, (escape) =>
      escape.toLowerCase(),
    ),
};

export function getPkiOperation(
  url: string,
  message: Uint8Array,
  spelling = base64Spellings["percent-encoded"]!,
): Request {
  return new Request(`${url}?operation=PKIOperation&message=${spelling(message)}`);
}

export function postPkiOperation(
  url: string,
  message: Uint8Array,
  contentType = "application/x-pki-message",
): Request {
  const headers = contentType === "" ? new Headers() : new Headers({ "content-type": contentType });
  return new Request(`${url}?operation=PKIOperation`, {
    method: "POST",
    body: bytes(message),
    headers,
  });
}

export interface PlainAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly body: Bytes;
}

export async function answerOf(response: Response): Promise<PlainAnswer> {
  const body = bytes(await response.arrayBuffer());
  return { status: response.status, contentType: response.headers.get("content-type"), body };
}

export async function getCACaps(fetch: Fetch, url: string): Promise<string[]> {
  const answer = await answerOf(await fetch(new Request(`${url}?operation=GetCACaps`)));
  if (answer.status !== 200) throw new Error(`GetCACaps: ${answer.status}`);
  return Buffer.from(answer.body).toString("latin1").split(/\r?\n/).filter(Boolean);
}

export async function getCACert(fetch: Fetch, url: string): Promise<Certificate[]> {
  const answer = await answerOf(await fetch(new Request(`${url}?operation=GetCACert`)));
  if (answer.status !== 200)
    throw new Error(`GetCACert: ${answer.status} ${Buffer.from(answer.body).toString()}`);
  if (answer.contentType === "application/x-x509-ca-cert") return [readCertificate(answer.body)];
  if (answer.contentType === "application/x-x509-ca-ra-cert") return readDegenerate(answer.body);
  throw new Error(`GetCACert: content type ${answer.contentType}`);
}
