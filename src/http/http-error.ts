/** What any HTTP client gets that cannot be answered with a CertRep: a status and one plain sentence. */
export class HttpError extends Error {
  override readonly name = "HttpError";

  constructor(
    readonly status: number,
    /** Public. */
    override readonly message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** No charset and nothing else: some clients compare the whole value. */
export const plainText = (
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): Response =>
  new Response(`${sentence}\n`, {
    status,
    headers: { "content-type": "text/plain", "cache-control": "no-store", ...headers },
  });

/** One answer for an unknown tenant, an unknown configuration and one that is off: nothing is to be learnt from it. */
export const nothingHere = (): HttpError => new HttpError(404, "There is nothing at this address.");
