/** All pages. What is not in this list does not exist. */
import { homePages } from "./pages/home.tsx";
import { memberPages } from "./pages/members.tsx";
import type { PortalRoute } from "./route.ts";

export const portalRoutes: readonly PortalRoute[] = [...homePages, ...memberPages];
