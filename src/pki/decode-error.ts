/** Bytes that are not what they should be. Thrown by `pki/`, caught by the first caller who knows what it means. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}
