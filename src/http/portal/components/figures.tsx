/** Pictures as SVG, made on the server. Every chart has its numbers in words too, so nobody needs to see colours. */
import type { FC } from "hono/jsx";
import { encode } from "uqr";

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** A second amount on top of the first, for example what was refused. */
  readonly second?: number;
}

const chart = { width: 640, height: 200, left: 8, bottom: 24, top: 18 };

/**
 * @param label what a screen reader says before the numbers
 * @param names of the two amounts, for the titles that show on pointing
 * @public
 */
export const BarChart: FC<{
  label: string;
  bars: readonly Bar[];
  names: { readonly value: string; readonly second?: string };
}> = ({ label, bars, names }) => {
  const largest = Math.max(1, ...bars.map(({ value, second = 0 }) => value + second));
  const slot = (chart.width - 2 * chart.left) / Math.max(1, bars.length);
  const space = chart.height - chart.bottom - chart.top;
  const heightOf = (amount: number) => (amount / largest) * space;
  const base = chart.height - chart.bottom;
  // Too many labels would cover each other.
  const every = Math.ceil(bars.length / 10);
  const inWords = ({ label: of, value, second }: Bar) =>
    `${of}: ${value} ${names.value}${second === undefined ? "" : `, ${second} ${names.second}`}`;
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${chart.width} ${chart.height}`}
      role="img"
      aria-label={`${label}. ${bars.map(inWords).join("; ")}`}
    >
      <line class="axis" x1={0} x2={chart.width} y1={base} y2={base} />
      {bars.map((bar, index) => {
        const x = chart.left + index * slot + slot * 0.15;
        const first = heightOf(bar.value);
        const second = heightOf(bar.second ?? 0);
        const total = bar.value + (bar.second ?? 0);
        return (
          <g>
            <title>{inWords(bar)}</title>
            <rect class="bar" x={x} y={base - first} width={slot * 0.7} height={first} />
            {second > 0 && (
              <rect
                class="second"
                x={x}
                y={base - first - second}
                width={slot * 0.7}
                height={second}
              />
            )}
            {total > 0 && (
              <text x={x + slot * 0.35} y={base - first - second - 4} text-anchor="middle">
                {total}
              </text>
            )}
            {index % every === 0 && (
              <text x={x + slot * 0.35} y={chart.height - 7} text-anchor="middle">
                {bar.label}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
};

/**
 * @param label what it leads to, for those who cannot scan it
 * @public
 */
export const QrCode: FC<{ value: string; label: string }> = ({ value, label }) => {
  const { data, size } = encode(value, { border: 2 });
  const modules = data.flatMap((row, y) =>
    row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : [])),
  );
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <path d={modules.join("")} fill="#000" />
    </svg>
  );
};
