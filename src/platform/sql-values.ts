/** What SQLite gives back, as what the column is. A value of another type means a damaged table: a fault. */

export function asText(value: SqlStorageValue | undefined): string {
  if (typeof value !== "string") throw new TypeError("A column that should hold text does not.");
  return value;
}

export function asNumber(value: SqlStorageValue | undefined): number {
  if (typeof value !== "number")
    throw new TypeError("A column that should hold a number does not.");
  return value;
}

export function asOctets(value: SqlStorageValue | undefined): Uint8Array {
  if (!(value instanceof ArrayBuffer))
    throw new TypeError("A column that should hold octets does not.");
  return new Uint8Array(value);
}

/** Undefined for NULL. */
export const optional = <Value>(
  value: SqlStorageValue | undefined,
  as: (value: SqlStorageValue | undefined) => Value,
): Value | undefined => (value === null ? undefined : as(value));
