/** Windows under Intune, Autopilot included. */
import { intune } from "./intune.ts";
import type { Preset } from "./preset.ts";

export const intuneWindows: Preset = {
  ...intune,
  label: "Intune, Windows",
  purpose:
    "For Windows devices under Microsoft Intune, Autopilot included: they add /pkiclient.exe to the URL, write the profile's validity into the request, and their clocks may be hours late.",
  warnings: [],
};
