/** Fields that a new CA and one that follows another have in common. */
import { readDay } from "../../day.ts";
import type { FieldError, Fields } from "../../fields.ts";
import type { Texts } from "../../texts/texts.ts";

export const longestName = 64;
export const longestSubject = 1024;

interface ReadNumber {
  /** Absent when nothing was typed, or nothing that fits. */
  readonly value?: number;
  readonly errors: readonly FieldError[];
}

export function readNumber(
  { certificateAuthorities: said }: Texts,
  fields: Fields,
  field: "validityYears" | "pathLength",
  least: number,
  most: number,
): ReadNumber {
  const text = fields.optional(field);
  if (text === undefined) return { errors: [] };
  const value = Number(text);
  return Number.isInteger(value) && value >= least && value <= most
    ? { value, errors: [] }
    : { errors: [{ field, message: said.numberWrong(said[field], least, most) }] };
}

export const readYears = (texts: Texts, fields: Fields): ReadNumber =>
  readNumber(texts, fields, "validityYears", 1, 50);

/** When a successor takes its predecessor's place; absent: when somebody says so. */
export function readPromoteAt(
  { succession: said }: Texts,
  fields: Fields,
): { readonly promoteAt?: Date; readonly errors: readonly FieldError[] } {
  const text = fields.optional("promoteAt");
  if (text === undefined) return { errors: [] };
  const promoteAt = readDay(text);
  return promoteAt
    ? { promoteAt, errors: [] }
    : { errors: [{ field: "promoteAt", message: said.dayWrong }] };
}
