/** The clients that the one-time page writes for, certmonger aside, which comes first. */
import type { Revealed } from "../../administration/redemption.ts";
import { ciscoIosGuide } from "./cisco-ios.ts";
import { fortigateGuide } from "./fortigate.ts";
import type { Guide } from "./guide.ts";
import { sonicwallGuide } from "./sonicwall.ts";
import { sscepGuide } from "./sscep.ts";
import { strongswanGuide } from "./strongswan.ts";

export const otherGuides = (revealed: Revealed): readonly Guide[] =>
  [fortigateGuide, sonicwallGuide, strongswanGuide, sscepGuide, ciscoIosGuide].map((guide) =>
    guide(revealed),
  );
