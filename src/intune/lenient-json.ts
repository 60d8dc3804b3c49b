/** Reading what Microsoft answers: gateways send HTML, letter case varies, fields are null or missing. Never throws. */

type JsonObject = Readonly<Record<string, unknown>>;

/** Undefined for anything but a JSON object. */
export function jsonObject(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;

/** The property of that name in any letter case; the exact one first. */
export function property(object: JsonObject, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  const key = Object.keys(object).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : object[key];
}

export function textProperty(object: JsonObject, name: string): string | undefined {
  const value = property(object, name);
  return typeof value === "string" ? value : undefined;
}

/** One line that an operator can read: control characters out, clipped. */
export function clipped(text: string, length: number): string {
  const line = text.slice(0, 4 * length).replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
