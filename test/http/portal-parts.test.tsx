/** Parts of pages: what a spreadsheet, a phone's camera and a screen reader make of them (threat 48). */
import { describe, expect, it } from "vitest";
import { csvLine, csvResponse } from "../../src/http/csv.ts";
import { readDay } from "../../src/http/portal/day.ts";
import { Fields } from "../../src/http/portal/fields.ts";
import { readPromoteAt } from "../../src/http/portal/pages/authorities/authority-fields.ts";
import { readSecret } from "../../src/http/portal/pages/configuration/intune-form.tsx";
import { texts } from "../../src/http/portal/texts/texts.ts";
import { BarChart, QrCode } from "../../src/http/portal/components/figures.tsx";

/** As the browser gets it. */
const markup = (element: { toString(): string }): string => element.toString();

describe("threat 48: CSV", () => {
  it.each([
    ['=HYPERLINK("https://evil.test")', `"'=HYPERLINK(""https://evil.test"")"\r\n`],
    ["+1", `"'+1"\r\n`],
    ["-2+3", `"'-2+3"\r\n`],
    ["@SUM(A1)", `"'@SUM(A1)"\r\n`],
    ["\tx", `"'\tx"\r\n`],
    ["CN=a, O=b", `"CN=a, O=b"\r\n`],
    ["line\r\nbreak", `"line\r\nbreak"\r\n`],
    ["", `""\r\n`],
  ])("%j is a text", (value, line) => {
    expect(csvLine([value])).toBe(line);
  });

  it("is written as it is read, and stops when nobody reads", async () => {
    let written = 0;
    async function* lines() {
      for (; written < 1000; written++) yield csvLine([String(written)]);
    }
    const reader = csvResponse("x.csv", lines()).body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('"0"\r\n');
    await reader?.cancel();
    expect(written).toBeLessThan(10);
  });
});

describe("days", () => {
  it.each(["2027-02-31", "2026-02-29", "2026-13-01", "2026-1-1", "+275760-09-13", "tomorrow", ""])(
    "%j is none",
    (text) => {
      expect(readDay(text)).toBeUndefined();
    },
  );

  it("begin at midnight, UTC", () => {
    expect(readDay("2028-02-29")).toEqual(new Date("2028-02-29T00:00:00Z"));
  });

  it.each(["promoteAt", "clientSecretExpiresAt"])("%s that does not exist is told", (field) => {
    const fields = new Fields(new URLSearchParams({ [field]: "2027-02-31" }));
    const read = field === "promoteAt" ? readPromoteAt(texts, fields) : readSecret(texts, fields);
    expect(read.errors).toMatchObject([{ field }]);
  });
});

describe("figures", () => {
  it("a chart says its numbers in words", () => {
    const bars = [
      { label: "Mon", value: 3, second: 1 },
      { label: "<Tue>", value: 0, second: 0 },
    ];
    const svg = markup(
      <BarChart label="This week" bars={bars} names={{ value: "issued", second: "refused" }} />,
    );
    expect(svg).toContain(
      'aria-label="This week. Mon: 3 issued, 1 refused; &lt;Tue&gt;: 0 issued, 0 refused"',
    );
    expect(svg.match(/class="bar"/g)).toHaveLength(2);
    expect(svg.match(/class="second"/g)).toHaveLength(1);
    expect(
      markup(<BarChart label="Nothing" bars={[]} names={{ value: "issued" }} />),
    ).not.toContain("NaN");
  });

  it("a QR code is black on white in either theme, and named", () => {
    const svg = markup(<QrCode value="https://scep.example.test/simple" label="SCEP URL" />);
    expect(svg).toContain('role="img" aria-label="SCEP URL"');
    expect(svg).toMatch(/<path d="M\d+ \d+h1v1h-1z.+" fill="#000"/);
  });
});
