/** Rows of subjectAltNames, added and removed by buttons of the form; htmx only saves the reload. */
import type { FC } from "hono/jsx";
import { type GeneralNameType, generalNameTypes } from "../../../../pki/general-name.ts";
import type { FormState } from "../../components/form.tsx";
import type { Fields } from "../../fields.ts";
import { texts } from "../../texts/texts.ts";

const mostNames = 100;

export interface TypedName {
  readonly type: GeneralNameType;
  readonly value: string;
}

/** Those that have a value. */
export const namesOf = (fields: Fields): readonly TypedName[] =>
  rowsOf(fields).filter(({ value }) => value !== "");

function rowsOf(fields: Fields): TypedName[] {
  const types = fields.all("nameType");
  return fields
    .all("nameValue")
    .slice(0, mostNames)
    .map((value, index) => ({
      type: generalNameTypes.find((type) => type === types[index]) ?? "dns",
      value,
    }));
}

/** As they are shown next: after an error the rows that were counted, after a button one more or less. */
function shownRows({ fields, errors }: FormState): readonly TypedName[] {
  const empty = { type: "dns", value: "" } as const;
  const wish = fields.text("names");
  const rows = errors.length > 0 ? namesOf(fields) : rowsOf(fields);
  if (wish === "add") return [...rows, empty].slice(0, mostNames);
  const kept = rows.filter((_row, index) => wish !== `remove-${index}`);
  return kept.length > 0 ? kept : [empty];
}

export const AlternativeNameRows: FC<{ action: string; state: FormState }> = ({
  action,
  state,
}) => {
  const said = texts.tokenRequests;
  const button = (id: string, value: string, label: string, spoken?: string) => (
    <button
      id={id}
      type="submit"
      name="names"
      value={value}
      formnovalidate
      aria-label={spoken}
      hx-post={action}
      hx-select="#alternative-names"
      hx-target="#alternative-names"
      hx-swap="outerHTML"
    >
      {label}
    </button>
  );
  return (
    <fieldset id="alternative-names" class="names">
      <legend>{said.names}</legend>
      <p class="quiet">{said.namesHint}</p>
      {shownRows(state).map(({ type, value }, index) => {
        const field = `subjectAlternativeNames.${index}.value`;
        const wrong = state.errors.find((error) => error.field === field)?.message;
        return (
          <>
            <div class="name-row">
              <select name="nameType" aria-label={said.nameType(index + 1)}>
                {generalNameTypes.map((offered) => (
                  <option value={offered} selected={offered === type}>
                    {texts.common.nameTypes[offered]}
                  </option>
                ))}
              </select>
              <input
                id={`field-${field}`}
                type="text"
                name="nameValue"
                value={value}
                maxlength={500}
                autocomplete="off"
                aria-label={said.nameValue(index + 1)}
                aria-invalid={wrong ? "true" : undefined}
                aria-describedby={wrong ? `field-${field}-wrong` : undefined}
              />
              {button(
                `remove-name-${index}`,
                `remove-${index}`,
                said.removeName,
                said.removeNameOf(index + 1),
              )}
            </div>
            {wrong && (
              <span class="wrong" id={`field-${field}-wrong`}>
                {wrong}
              </span>
            )}
          </>
        );
      })}
      {button("add-name", "add", said.addName)}
    </fieldset>
  );
};
