/**
 * From an HTTP request to a SCEP operation (RFC 8894, section 4.1), as loosely as real clients need: the operation in any
 * letter case, `message` out of the raw query because `+` means `+` there. Throws HttpError.
 */
import { concatenate, fromBase64 } from "../pki/bytes.ts";
import { DecodeError } from "../pki/decode-error.ts";
import { HttpError } from "./http-error.ts";

export type ScepRequest =
  | { readonly operation: "GetCACaps" | "GetCACert" | "GetNextCACert" }
  | { readonly operation: "PKIOperation"; readonly message: Uint8Array };

/** Ample for RSA-4096 with a chain. */
export const maximumBodyLength = 64 * 1024;
/** What the platform lets through; said here too, so that it holds everywhere. */
export const maximumUrlLength = 16 * 1024;

const operations = ["GetCACaps", "GetCACert", "GetNextCACert", "PKIOperation"] as const;

export async function readScepRequest(request: Request): Promise<ScepRequest> {
  const { method, url } = request;
  if (method !== "GET" && method !== "HEAD" && method !== "POST") {
    throw new HttpError(405, "SCEP is spoken with GET and POST.", { allow: "GET, POST" });
  }
  if (url.length > maximumUrlLength)
    throw new HttpError(414, "The address is longer than 16 KB; send the message by POST.");
  const fields = queryFields(url);
  const operation = readOperation(fields);
  if (method !== "POST") {
    if (operation !== "PKIOperation") return { operation };
    if (method === "HEAD") {
      throw new HttpError(405, "PKIOperation is asked for with GET or POST.", {
        allow: "GET, POST",
      });
    }
    return { operation, message: decodeMessage(single(fields, "message")) };
  }
  if (operation !== "PKIOperation") throw new HttpError(400, `${operation} is asked for with GET.`);
  return { operation, message: await readBody(request, maximumBodyLength, "A SCEP message") };
}

type Field = readonly [name: string, rawValue: string];

/** The query as it was sent: names decoded, values raw. */
function queryFields(url: string): Field[] {
  const start = url.indexOf("?");
  if (start < 0) return [];
  return url
    .slice(start + 1)
    .split("&")
    .map((field) => {
      const equals = field.indexOf("=");
      return equals < 0
        ? [field.toLowerCase(), ""]
        : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)];
    });
}

function single(fields: readonly Field[], name: string): string {
  const values = fields.filter(([field]) => field === name);
  const [first, ...more] = values;
  if (!first) throw new HttpError(400, `The address names no ${name}.`);
  if (more.length > 0) throw new HttpError(400, `The address names ${name} twice.`);
  return first[1];
}

function readOperation(fields: readonly Field[]): ScepRequest["operation"] {
  const wanted = decodeEscapes(single(fields, "operation")).toLowerCase();
  const operation = operations.find((known) => known.toLowerCase() === wanted);
  if (!operation)
    throw new HttpError(
      400,
      "The operation is none of GetCACaps, GetCACert, GetNextCACert and PKIOperation.",
    );
  return operation;
}

/**
 * Base64 in all the spellings of protocol folklore: `+` raw or escaped or turned into a space, the URL alphabet, line
 * ends inside (`%0A` every 64 characters), no padding, escaped twice.
 */
function decodeMessage(raw: string): Uint8Array {
  let text = decodeEscapes(raw);
  if (/%[0-9a-f]{2}/i.test(text)) text = decodeEscapes(text);
  try {
    const message = fromBase64(text.replaceAll(" ", "+"));
    if (message.length === 0) throw new DecodeError("empty");
    return message;
  } catch (error) {
    if (error instanceof DecodeError)
      throw new HttpError(400, "The message in the address is not base64.");
    throw error;
  }
}

/** Like `decodeURIComponent`, for ASCII, and without throwing. */
export const decodeEscapes = (text: string): string =>
  text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );

/** Never more than the limit is taken in, whatever Content-Length says. @param what for the one who sent too much */
export async function readBody(
  request: Request,
  maximumLength: number,
  what: string,
): Promise<Uint8Array> {
  const tooLarge = (): HttpError =>
    new HttpError(413, `${what} has at most ${maximumLength} octets.`);
  const length = request.headers.get("content-length");
  // With a length the platform lets no more octets through than were announced.
  if (length !== null && Number(length) <= maximumLength)
    return new Uint8Array(await request.arrayBuffer());
  if (length !== null) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of request.body ?? []) {
    received += chunk.length;
    if (received > maximumLength) throw tooLarge();
    chunks.push(chunk);
  }
  return concatenate(chunks);
}
