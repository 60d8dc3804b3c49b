/** Small things that pages show: times, facts, states, values to copy. */
import type { Child, FC } from "hono/jsx";
import { texts } from "../texts/texts.ts";

/** To the minute in UTC, which every reader of a log can compare. */
export const Time: FC<{ at: Date | undefined }> = ({ at }) =>
  at === undefined ? (
    <>{texts.common.never}</>
  ) : (
    <time datetime={at.toISOString()} title={at.toISOString()}>
      <span class="whole">{at.toISOString().slice(0, 10)}</span>{" "}
      <span class="whole">{`${at.toISOString().slice(11, 16)} UTC`}</span>
    </time>
  );

export const Badge: FC<{ tone: "good" | "bad" | "warn" | "neutral"; label: string }> = ({
  tone,
  label,
}) => <span class={`badge ${tone}`}>{label}</span>;

export type Fact = readonly [label: Child, value: Child];

export const Facts: FC<{ facts: readonly Fact[] }> = ({ facts }) => (
  <dl class="facts">
    {facts.map(([label, value]) => (
      <>
        <dt>{label}</dt>
        <dd>{value}</dd>
      </>
    ))}
  </dl>
);

export const CopyValue: FC<{ value: string; label: string }> = ({ value, label }) => (
  <div class="copy">
    <span class="value">{value}</span>
    <button
      type="button"
      data-copy={value}
      data-copied={texts.common.copied}
      aria-label={`${texts.common.copy}: ${label}`}
    >
      {texts.common.copy}
    </button>
  </div>
);
