/** Bodies are JSON and small. */
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ApiProblem } from "./problem.ts";

const largestBody = 64 * 1024;

/** An imported CA brings its CRL, which may be long: 100,000 entries in base64. */
const largestImport = 8 * 1024 * 1024;

const limitedTo = (maxSize: number): MiddlewareHandler =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new ApiProblem(413, `A body may have ${maxSize} bytes at most.`);
    },
  });

const usual = limitedTo(largestBody);
const ofImport = limitedTo(largestImport);

export const limitBody: MiddlewareHandler = async (context, next) => {
  const limit = context.req.path.endsWith("/certificate-authorities/import") ? ofImport : usual;
  return await limit(context, next);
};

export const requireJson: MiddlewareHandler = async (context, next) => {
  const { req } = context;
  const hasBody = req.raw.body !== null && req.header("content-length") !== "0";
  if (hasBody && !/^application\/json\s*(;|$)/i.test(req.header("content-type") ?? "")) {
    throw new ApiProblem(415, "Send the body as `Content-Type: application/json`.");
  }
  // Some clients name a content type and send nothing: that is no body, not one that is malformed.
  if (!hasBody && req.header("content-type") !== undefined) {
    const headers = new Headers(req.raw.headers);
    headers.delete("content-type");
    req.raw = new Request(req.raw, { headers });
  }
  await next();
};
