/** Turns a DecodeError about what a person typed or brought into a refusal that names the field. */
import { DecodeError } from "../pki/decode-error.ts";
import { ok } from "../result.ts";
import { invalid, type Outcome } from "./refusal.ts";

export function decoded<Value>(field: string, decode: () => Value): Outcome<Value> {
  try {
    return ok(decode());
  } catch (error) {
    return refusalOf(field, error);
  }
}

/** The same for what takes its time: files that are opened with a password. */
export async function decodedInTime<Value>(
  field: string,
  decode: () => Promise<Value>,
): Promise<Outcome<Value>> {
  try {
    return ok(await decode());
  } catch (error) {
    return refusalOf(field, error);
  }
}

function refusalOf(field: string, error: unknown): Outcome<never> {
  if (error instanceof DecodeError) return invalid(field, `${error.message}.`);
  throw error;
}
