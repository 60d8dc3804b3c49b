/** Problem documents (RFC 9457): the one form of every error of the API. */
import { HTTPException } from "hono/http-exception";
import type { Refusal } from "../../administration/refusal.ts";
import type { Result } from "../../result.ts";

/** One thing that is wrong with the request's body or query. */
export interface FieldError {
  /** Path of the field, dots in between. */
  readonly field: string;
  readonly detail: string;
}

/** Thrown by handlers and middleware, answered in one place. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    readonly detail: string,
    readonly more: {
      readonly errors?: readonly FieldError[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
  }
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  500: "Internal Server Error",
};

export function problemResponse({ status, detail, more }: ApiProblem): Response {
  const title = titles[status] ?? "Error";
  const body = {
    type: "about:blank",
    title,
    status,
    detail,
    ...(more.errors ? { errors: more.errors } : {}),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...more.headers,
    },
  });
}

/** Undefined: not the client's doing, so a fault. */
export function problemOf(error: unknown): ApiProblem | undefined {
  if (error instanceof ApiProblem) return error;
  // Hono's own: JSON that is none, a body that is too large.
  if (error instanceof HTTPException && error.status < 500)
    return new ApiProblem(error.status, `${error.message}.`);
  return undefined;
}

export const faultProblem = new ApiProblem(
  500,
  "Something went wrong on our side. It has been recorded.",
);

/** The value of an outcome; a refusal is thrown as its problem. */
export function valueOf<Value>(outcome: Result<Value, Refusal>): Value {
  if (outcome.ok) return outcome.value;
  const refusal = outcome.error;
  switch (refusal.reason) {
    case "not_found":
      throw new ApiProblem(404, refusal.detail);
    case "forbidden":
      throw new ApiProblem(403, refusal.detail);
    case "conflict":
      throw new ApiProblem(409, refusal.detail);
    case "invalid":
      throw new ApiProblem(422, refusal.detail, {
        errors: [{ field: refusal.field, detail: refusal.detail }],
      });
  }
}
