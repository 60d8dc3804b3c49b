/** Column types that D1 lacks. */
import { customType, text } from "drizzle-orm/sqlite-core";

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

export const json = <Value>(name: string) => text(name, { mode: "json" }).$type<Value>();
