/** An OCSPRequest out of an HTTP request (RFC 6960, appendix A.1; RFC 5019, section 5). Throws HttpError. */
import { fromBase64 } from "../pki/bytes.ts";
import { DecodeError } from "../pki/decode-error.ts";
import { HttpError } from "./http-error.ts";
import { decodeEscapes, readBody } from "./scep-request.ts";

/** Ample for 32 certificates and a signed request. */
const maximumLength = 16 * 1024;

/**
 * @param rest what follows `/ocsp` in the path as it was sent: base64, whose slashes and signs may be escaped or not
 * @returns the octets, whatever they are; undefined when they are not even base64
 */
export async function readOcspHttpRequest(
  request: Request,
  rest: string,
): Promise<Uint8Array | undefined> {
  if (request.method === "POST") return await readBody(request, maximumLength, "An OCSP request");
  const text = decodeEscapes(rest.replace(/^\/+/, "")).replaceAll(" ", "+");
  if (text.length > maximumLength)
    throw new HttpError(414, "The address is longer than 16 KB; send the request by POST.");
  if (text === "") return undefined;
  try {
    return fromBase64(text);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
