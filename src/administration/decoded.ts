/** Turns a DecodeError about what a person typed into a refusal that names the field. */
import { DecodeError } from "../pki/decode-error.ts";
import { ok } from "../result.ts";
import { invalid, type Outcome } from "./refusal.ts";

export function decoded<Value>(field: string, decode: () => Value): Outcome<Value> {
  try {
    return ok(decode());
  } catch (error) {
    if (error instanceof DecodeError) return invalid(field, `${error.message}.`);
    throw error;
  }
}
