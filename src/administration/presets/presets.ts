/** All presets by name. */
import type { PresetName } from "../../ports/scep-configuration-directory.ts";
import { intune } from "./intune.ts";
import { legacy } from "./legacy.ts";
import type { Preset } from "./preset.ts";
import { standard } from "./standard.ts";

export const presets: Readonly<Record<PresetName, Preset>> = { standard, legacy, intune };
