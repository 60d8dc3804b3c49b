/** Column types that D1 lacks. */
import { customType, text } from "drizzle-orm/sqlite-core";
import { fromBase64, toBase64 } from "../pki/bytes.ts";

/** A BLOB. D1 gives them back as an array of numbers or as a buffer, depending on where it runs. */
export const bytes = customType<{
  data: Uint8Array;
  driverData: ArrayBuffer | number[] | Uint8Array;
}>({
  dataType: () => "blob",
  // A view on a larger buffer would be stored with all of that buffer.
  toDriver: (value) => value.slice().buffer,
  fromDriver: (value) => new Uint8Array(value),
});

/** Certificates in DER, one after the other, as a list of base64. */
export const certificateList = customType<{ data: readonly Uint8Array[]; driverData: string }>({
  dataType: () => "text",
  toDriver: (value) => JSON.stringify(value.map(toBase64)),
  fromDriver: (value) => (JSON.parse(value) as string[]).map(fromBase64),
});

export const json = <Value>(name: string) => text(name, { mode: "json" }).$type<Value>();
