/** iPhone, iPad and Mac under Intune. */
import { intune, profileKeyUsage } from "./intune.ts";
import type { Preset } from "./preset.ts";

export const intuneApple: Preset = {
  ...intune,
  label: "Intune, Apple",
  purpose:
    "For iPhone, iPad and Mac under Microsoft Intune: newer systems take AES and SHA-2 from GetCACaps, older ones send 3DES and SHA-1; the profile's validity is not in their requests.",
  warnings: [
    "All certificates of the chain must lead to one root, the one of the trusted certificate profile.",
    "Apple devices renew only inside the profile's renewal threshold; after the end Intune does not try again.",
  ],
  needs: [profileKeyUsage],
};
