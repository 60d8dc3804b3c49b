/** Comma-separated values (RFC 4180) that a spreadsheet shows and does not compute (threat 48). */

/** What a spreadsheet takes for a formula begins with one of these, or with their wide forms of East Asian keyboards. */
const startsFormula = /^[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/;

const cell = (value: string): string =>
  `"${(startsFormula.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;

export const csvLine = (values: readonly string[]): string => `${values.map(cell).join(",")}\r\n`;

/** @param lines written one after the other as the reader takes them, so that a long table is never held whole */
export function csvResponse(fileName: string, lines: AsyncIterable<string>): Response {
  const encoder = new TextEncoder();
  const iterator = lines[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${fileName}"`,
      "cache-control": "no-store",
    },
  });
}
