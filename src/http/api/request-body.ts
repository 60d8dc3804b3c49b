/** Bodies are JSON and small. */
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ApiProblem } from "./problem.ts";

const largestBody = 64 * 1024;

export const limitBody = bodyLimit({
  maxSize: largestBody,
  onError: () => {
    throw new ApiProblem(413, `A body may have ${largestBody} bytes at most.`);
  },
});

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
