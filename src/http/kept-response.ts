/** Answers that caches may keep for a stated time, and conditional requests for them (RFC 9110, section 13; RFC 9111). */

export interface Keeping {
  readonly contentType: string;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly now: Date;
  readonly maxAgeSeconds: number;
}

export function keptResponse(
  request: Request,
  body: Uint8Array,
  { contentType, etag, lastModified, now, maxAgeSeconds }: Keeping,
): Response {
  const entityTag = `"${etag}"`;
  const described = {
    etag: entityTag,
    "last-modified": lastModified.toUTCString(),
    expires: new Date(now.getTime() + maxAgeSeconds * 1000).toUTCString(),
    "cache-control": `max-age=${maxAgeSeconds}, public, no-transform, must-revalidate`,
  };
  if (request.method !== "POST" && isKnown(request.headers, entityTag, lastModified))
    return new Response(null, { status: 304, headers: described });
  return new Response(body, {
    headers: { ...described, "content-type": contentType, "x-content-type-options": "nosniff" },
  });
}

function isKnown(headers: Headers, entityTag: string, lastModified: Date): boolean {
  const tags = headers.get("if-none-match");
  // With tags at hand the time says nothing (RFC 9110, section 13.1.3).
  if (tags !== null)
    return tags.split(",").some((tag) => ["*", entityTag, `W/${entityTag}`].includes(tag.trim()));
  const since = Date.parse(headers.get("if-modified-since") ?? "");
  return Math.floor(lastModified.getTime() / 1000) * 1000 <= since;
}
