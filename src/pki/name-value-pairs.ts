/**
 * Enrolment name/value pairs (MS-WCCE, section 2.2.2.7.10): what Windows and Intune's clients wish beside what PKCS #10 has
 * a place for, such as ValidityPeriod = Years. Pure.
 */
import { DecodeError } from "./decode-error.ts";
import type { DerElement } from "./der-reader.ts";
import { readText } from "./der-values.ts";

/** Names in lower case. */
export type NameValuePairs = ReadonlyMap<string, string>;

export const noNameValuePairs: NameValuePairs = new Map();

/** Wishes, so what cannot be read is left out, and of two equal names the first counts. */
export function readNameValuePairs(values: readonly DerElement[]): NameValuePairs {
  const pairs = new Map<string, string>();
  for (const value of values) {
    const pair = readPair(value);
    if (pair && !pairs.has(pair.name)) pairs.set(pair.name, pair.value);
  }
  return pairs;
}

function readPair(element: DerElement): { name: string; value: string } | undefined {
  try {
    const fields = element.fields();
    const [name, value] = [readText(fields.any()), readText(fields.any())];
    fields.finish();
    return { name: name.toLowerCase(), value };
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
