/** Where somebody is led who opens an address that only takes a form: the nearest page above it. */
import type { PortalRoute } from "./route.ts";
import { portalRoutes } from "./routes.ts";

/** Routes name the same part of an address as they like. */
const shapeOf = (path: string): string => path.replaceAll(/:\w+/g, ":");

const pages = new Set(
  portalRoutes.filter(({ method }) => method === "get").map(({ path }) => shapeOf(path)),
);

export const formRoutes = portalRoutes.filter(({ path }) => !pages.has(shapeOf(path)));

/**
 * @param pathname an address of this route
 * @returns the address itself where there is a page
 */
export function pageAbove({ path }: PortalRoute, pathname: string): string {
  const parts = path.split("/");
  while (parts.length > 1 && !pages.has(shapeOf(parts.join("/")))) parts.pop();
  // One part more, because a route's path is below `/portal`.
  return pathname
    .split("/")
    .slice(0, parts.length + 1)
    .join("/");
}
