/**
 * Names that strangers chose. Markup is escaped by JSX as everywhere; characters that turn the direction of writing, or
 * are not seen, are shown by their number, and what a name does to writing ends with it (`bdi`).
 */
import type { FC } from "hono/jsx";
import type { GeneralName } from "../../../pki/general-name.ts";
import { texts } from "../texts/texts.ts";

const disturbing = /([\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?! )\p{Zs})/u;

export const ForeignName: FC<{ name: string }> = ({ name }) => (
  <bdi class="name">
    {name
      .split(disturbing)
      .map((part, index) =>
        index % 2 === 1 ? <code class="escape">{codePoint(part)}</code> : part,
      )}
  </bdi>
);

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** RFC 4514; nothing is told as such. */
export const Subject: FC<{ subject: string | undefined }> = ({ subject }) =>
  subject ? <ForeignName name={subject} /> : <span class="quiet">{texts.common.emptySubject}</span>;

export const AlternativeNames: FC<{ names: readonly GeneralName[] }> = ({ names }) =>
  names.length === 0 ? (
    <span class="quiet">{texts.common.none}</span>
  ) : (
    <ul class="plain-list">
      {names.map(({ type, value }) => (
        <li>
          <small>{texts.common.nameTypes[type]}</small> <ForeignName name={value} />
        </li>
      ))}
    </ul>
  );

/** What another part of the service recorded, whatever it is: a line for each fact. */
export const Details: FC<{ details: Readonly<Record<string, unknown>> }> = ({ details }) => {
  const entries = Object.entries(details).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? null : (
    <ul class="plain-list">
      {entries.map(([name, value]) => (
        <li>
          <small>{name}</small>{" "}
          <ForeignName name={typeof value === "string" ? value : JSON.stringify(value)} />
        </li>
      ))}
    </ul>
  );
};
