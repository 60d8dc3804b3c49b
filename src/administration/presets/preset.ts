/** A preset: what a new SCEP configuration starts with. One data file each; `presets.ts` lists them. */
import type { WireSettings } from "../../ports/scep-configuration-store.ts";

export interface Preset {
  readonly wire: WireSettings;
  /** How often the enrolment agent's certificate stands at the head of the GetCACert answer. */
  readonly agentCopiesInChain: 1 | 2;
  /** Whether DES and MD5 may be set at all. */
  readonly legacyAlgorithms: boolean;
}
