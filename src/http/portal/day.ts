/** Days as people give them, in fields and in addresses: 2031-05-30, the first minute of it, UTC. */

/** Undefined for what is no day; the 31st of February is none either, though `Date` takes it for the 3rd of March. */
export function readDay(text: string): Date | undefined {
  const day = new Date(`${text}T00:00:00Z`);
  const isDay = !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text;
  return isDay ? day : undefined;
}
