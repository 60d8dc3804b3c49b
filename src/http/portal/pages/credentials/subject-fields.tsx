/** A subject field by field, or whole; and what was typed as RFC 4514. */
import type { FC } from "hono/jsx";
import type { Outcome } from "../../../../administration/refusal.ts";
import { parseSubjectPart } from "../../../../administration/subject.ts";
import {
  type DistinguishedName,
  formatDistinguishedName,
} from "../../../../pki/distinguished-name.ts";
import { ok } from "../../../../result.ts";
import { type FormState, TextField } from "../../components/form.tsx";
import type { Fields } from "../../fields.ts";
import { texts } from "../../texts/texts.ts";

/** Most specific first, as RFC 4514 writes them. */
const components = [
  ["emailAddress", "1.2.840.113549.1.9.1", 255],
  ["commonName", "2.5.4.3", 64],
  ["organizationalUnit", "2.5.4.11", 64],
  ["organization", "2.5.4.10", 64],
  ["locality", "2.5.4.7", 128],
  ["state", "2.5.4.8", 128],
  ["country", "2.5.4.6", 2],
] as const;

/** In the order in which people think of them. */
const shown = [
  "commonName",
  "organizationalUnit",
  "organization",
  "locality",
  "state",
  "country",
  "emailAddress",
] as const;

/** RFC 4514. A refusal names the field that it is about. */
export function readSubject(fields: Fields): Outcome<string> {
  const whole = fields.optional("subject");
  if (whole !== undefined) return ok(whole);
  const subject: DistinguishedName[number][] = [];
  for (const [field, type] of components) {
    const value = fields.optional(field);
    if (value === undefined) continue;
    const component = [{ type, value }];
    const checked = parseSubjectPart(field, formatDistinguishedName([component]));
    if (!checked.ok) return checked;
    subject.unshift(component);
  }
  return ok(formatDistinguishedName(subject));
}

export const SubjectFields: FC<{ state: FormState }> = ({ state }) => {
  const said = texts.tokenRequests;
  const hints: Partial<Record<(typeof shown)[number], string>> = {
    commonName: said.commonNameHint,
    country: said.countryHint,
  };
  const written = state.fields.optional("subject") !== undefined;
  const wrong = state.errors.some(({ field }) => field === "subject");
  return (
    <fieldset class="fields">
      <legend>{said.subject}</legend>
      <p class="quiet">{said.subjectHint}</p>
      {shown.map((name) => (
        <TextField
          name={name}
          label={said[name]}
          hint={hints[name]}
          maxlength={components.find(([field]) => field === name)?.[2]}
          state={state}
        />
      ))}
      <details open={written || wrong}>
        <summary>{said.wholeSubject}</summary>
        <TextField
          name="subject"
          label={said.wholeSubjectLabel}
          hint={said.wholeSubjectHint}
          maxlength={1024}
          state={state}
        />
      </details>
    </fieldset>
  );
};
