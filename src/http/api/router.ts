/** The kind of router every resource is built on: validation errors become problem documents. */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiEnvironment } from "./dependencies.ts";
import { ApiProblem } from "./problem.ts";

export const createRouter = () =>
  new OpenAPIHono<ApiEnvironment>({
    defaultHook: (result) => {
      if (result.success) return;
      const errors = result.error.issues.flatMap((issue) => {
        const path = issue.path.map(String);
        // A field nobody knows is reported under its own name.
        if (issue.code === "unrecognized_keys") {
          return issue.keys.map((key) => ({
            field: [...path, key].join("."),
            detail: "There is no such field.",
          }));
        }
        return [{ field: path.join("."), detail: `${issue.message}.` }];
      });
      const fields = errors.map(({ field }) => (field === "" ? "the body" : field)).join(", ");
      throw new ApiProblem(400, `The request is not valid: ${fields}.`, { errors });
    },
  });

export type ApiRouter = ReturnType<typeof createRouter>;
