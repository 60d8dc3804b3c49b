/**
 * The validity that a request wishes for: Windows and Intune's clients say it in name/value pairs, Android with the two
 * values swapped. A wish that makes no sense is no wish: the template's own validity holds. Pure.
 */
import type { NameValuePairs } from "../pki/name-value-pairs.ts";
import type { CertificateTemplate } from "./certificate-template.ts";

const daySeconds = 86_400;

/** A year is 365 days, and twelve months are a year. */
const unitSeconds: ReadonlyMap<string, number> = new Map([
  ["seconds", 1],
  ["minutes", 60],
  ["hours", 3600],
  ["days", daySeconds],
  ["weeks", 7 * daySeconds],
  ["months", (365 * daySeconds) / 12],
  ["years", 365 * daySeconds],
]);
const wholeNumber = /^\d{1,9}$/;

/** `period` and `units` as they were sent. */
export type ValidityWish =
  | { readonly kind: "none" }
  | { readonly kind: "unreadable"; readonly period: string; readonly units: string }
  | {
      readonly kind: "seconds";
      readonly seconds: number;
      readonly period: string;
      readonly units: string;
    };

const none: ValidityWish = { kind: "none" };

export function readValidityWish(pairs: NameValuePairs): ValidityWish {
  if (pairs.size === 0) return none;
  const [period, units] = [pairs.get("validityperiod"), pairs.get("validityperiodunits")];
  if (period === undefined && units === undefined) return none;
  const said = { period: period ?? "", units: units ?? "" };
  const seconds = secondsOf(said.period, said.units) ?? secondsOf(said.units, said.period);
  return seconds === undefined
    ? { kind: "unreadable", ...said }
    : { kind: "seconds", seconds, ...said };
}

function secondsOf(unit: string, count: string): number | undefined {
  const each = unitSeconds.get(unit.trim().toLowerCase());
  const number = count.trim();
  if (each === undefined || !wholeNumber.test(number)) return undefined;
  return Number(number) * each || undefined;
}

export const longestValiditySeconds = ({
  requestedValidity,
  validitySeconds,
}: CertificateTemplate): number => requestedValidity?.maximumSeconds ?? validitySeconds;

export function grantValidity(pairs: NameValuePairs, template: CertificateTemplate): number {
  if (pairs.size === 0 || template.requestedValidity?.honour === false)
    return template.validitySeconds;
  const wish = readValidityWish(pairs);
  return wish.kind === "seconds"
    ? Math.min(wish.seconds, longestValiditySeconds(template))
    : template.validitySeconds;
}
