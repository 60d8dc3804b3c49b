/** Shorthand for describing routes: what all of them have in common. */
import type { z } from "@hono/zod-openapi";
import { Problem } from "./schemas.ts";

export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  content: { "application/json": { schema } },
  required: true,
});

export const answer = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: Problem } },
});

export const secured = { security: [{ apiKey: [] }] };

/** What any request may be answered with. */
export const problems = {
  400: problem("Malformed, or a field is missing, wrong or unknown"),
  401: problem("No valid API key"),
  404: problem("Does not exist, or is not yours"),
};

/** What a request that changes something may be answered with as well. */
export const changeProblems = {
  ...problems,
  403: problem("Not allowed with this key"),
  409: problem("Does not fit the present state"),
  413: problem("The body is too large"),
  415: problem("The body is not JSON"),
  422: problem("Well-formed, but cannot be done as asked"),
};
