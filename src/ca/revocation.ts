/**
 * What becomes of a certificate that somebody wants revoked or released. Nothing but a hold is ever undone, and the first
 * facts stay: whoever asks again is told of them. Pure.
 */
import type { RevocationReason } from "../pki/crl-reason.ts";

export interface Revocation {
  readonly atSeconds: number;
  readonly reason: RevocationReason;
}

/** What is on record; released: it was on hold once, and is good again. */
export type RecordedRevocation = Revocation & { readonly releasedAtSeconds?: number | undefined };

/** In force: no release took it back. */
export const inForce = (recorded: RecordedRevocation | undefined): Revocation | undefined =>
  recorded?.releasedAtSeconds === undefined ? recorded : undefined;

/** @returns what is to be recorded; undefined: it is revoked already, and what is on record stays */
export function judgeRevocation(
  recorded: RecordedRevocation | undefined,
  reason: RevocationReason,
  nowSeconds: number,
): Revocation | undefined {
  const present = inForce(recorded);
  if (!present) return { atSeconds: nowSeconds, reason };
  const becomesFinal = present.reason === "certificateHold" && reason !== "certificateHold";
  // It has not been good since it was put on hold, so that is when it was revoked.
  return becomesFinal ? { atSeconds: present.atSeconds, reason } : undefined;
}

export type ReleaseJudgement = "release" | "already" | "not_on_hold";

export function judgeRelease(recorded: RecordedRevocation | undefined): ReleaseJudgement {
  if (recorded?.releasedAtSeconds !== undefined) return "already";
  return recorded?.reason === "certificateHold" ? "release" : "not_on_hold";
}
