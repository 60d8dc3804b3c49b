/** The body of an answer as text, up to a limit: what a broken or hostile server sends must not fill the memory. */
import { concatenate } from "../pki/bytes.ts";

/** Undefined: the body is longer than `limit` octets; its rest was not read. */
export async function readCappedBody(
  response: Response,
  limit: number,
): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > limit) {
      await reader.cancel();
      return undefined;
    }
    parts.push(part.value);
  }
  return new TextDecoder().decode(concatenate(parts));
}
