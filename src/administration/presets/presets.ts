/** All presets by name. */
import type { PresetName } from "../../ports/scep-configuration-directory.ts";
import { apple } from "./apple.ts";
import { certmonger } from "./certmonger.ts";
import { chromeos } from "./chromeos.ts";
import { ciscoIos } from "./cisco-ios.ts";
import { fortigate } from "./fortigate.ts";
import { intune } from "./intune.ts";
import { intuneAndroid } from "./intune-android.ts";
import { intuneApple } from "./intune-apple.ts";
import { intuneWindows } from "./intune-windows.ts";
import { legacy } from "./legacy.ts";
import { mikrotik } from "./mikrotik.ts";
import { networkAppliance } from "./network-appliance.ts";
import type { Preset } from "./preset.ts";
import { sonicwall } from "./sonicwall.ts";
import { standard } from "./standard.ts";

export const presets: Readonly<Record<PresetName, Preset>> = {
  standard,
  legacy,
  intune,
  "intune-windows": intuneWindows,
  "intune-apple": intuneApple,
  "intune-android": intuneAndroid,
  apple,
  certmonger,
  fortigate,
  sonicwall,
  "cisco-ios": ciscoIos,
  mikrotik,
  chromeos,
  "network-appliance": networkAppliance,
};

export const presetNames = Object.keys(presets) as PresetName[];

/** The presets whose configurations may have DES and MD5. */
export const legacyPresetNames = presetNames.filter((name) => presets[name].legacyAlgorithms);
