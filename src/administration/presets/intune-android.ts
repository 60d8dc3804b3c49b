/** Android under Intune. */
import { androidWarning, intune, profileKeyUsage } from "./intune.ts";
import { aes, sha2 } from "./parts.ts";
import type { Preset } from "./preset.ts";

export const intuneAndroid: Preset = {
  ...intune,
  label: "Intune, Android",
  purpose:
    "For Android devices under Microsoft Intune: they speak HTTPS only, use AES and SHA-2, and write the profile's validity into the request with name and value swapped.",
  warnings: [androidWarning],
  needs: [profileKeyUsage],
  wire: { contentEncryption: aes, digests: sha2, plainHttp: false },
};
