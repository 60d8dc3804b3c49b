/** A preset: what a new SCEP configuration starts with. One data file each; `presets.ts` lists them. */
import type { WireSettings } from "../../ports/scep-configuration-store.ts";
import type { TemplateRules } from "../certificate-templates.ts";

export interface Preset {
  /** Its name for people. */
  readonly label: string;
  /** For people: which clients it is for, and why they need what it says. */
  readonly purpose: string;
  /** What they should know before they take it. */
  readonly warnings: readonly string[];
  readonly wire: WireSettings;
  readonly chain: ChainPreset;
  /** Whether DES and MD5 may be set at all. */
  readonly legacyAlgorithms: boolean;
  /** A proposal: what is done stands in the certificate template and nowhere else. */
  readonly template: TemplateProposal;
  /** What these clients cannot do without, where a template of another making may lack it. */
  readonly needs?: readonly TemplateNeed[];
}

export interface TemplateNeed {
  /** Of the template in force and the configuration's own settings. */
  readonly isMet: (template: TemplateRules, wire: WireSettings) => boolean;
  /** Said where it is not; in the portal's words, because a person reads it there. */
  readonly warning: string;
}

/** What GetCACert answers with: the agent, the issuing CA, its parents. */
export interface ChainPreset {
  /** How often the enrolment agent's certificate stands at the head; a CA that is its own agent has none. */
  readonly agentCopies: 1 | 2;
  /** Whether the root stands at the end. */
  readonly root: boolean;
  /** The issuing CA's certificate and no other, where that CA is its own agent. */
  readonly singleCertificate: boolean;
}

export type TemplateProposal = Pick<TemplateRules, "requestSignature" | "renewal" | "keyUsage"> &
  /** Absent: what every template begins with. */
  Partial<Pick<TemplateRules, "backdateSeconds" | "requestedValidity">>;
