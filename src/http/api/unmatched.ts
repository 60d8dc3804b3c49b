/** What no route took: 405 when the path exists with other methods, else 404. */
import { ApiProblem } from "./problem.ts";

/** @param paths of the OpenAPI document: path template -> operations by method */
export function unmatchedProblem(
  path: string,
  paths: Readonly<Record<string, object>>,
): ApiProblem {
  for (const [template, operations] of Object.entries(paths)) {
    const segments = template.split("/");
    const asked = path.split("/");
    const same =
      segments.length === asked.length &&
      segments.every((segment, index) => segment.startsWith("{") || segment === asked[index]);
    if (!same) continue;
    const allow = Object.keys(operations)
      .map((method) => method.toUpperCase())
      .join(", ");
    return new ApiProblem(405, `Only ${allow} can be used here.`, { headers: { allow } });
  }
  return new ApiProblem(404, "There is nothing at this address.");
}
