/** Forms: labels, hints, what is wrong beside the field, and a summary on top that leads there. */
import type { Child, FC, PropsWithChildren } from "hono/jsx";
import { type FieldError, Fields } from "../fields.ts";
import { texts } from "../texts/texts.ts";

/** What was sent before and what was wrong with it; both empty for a fresh form. */
export interface FormState {
  readonly fields: Fields;
  readonly errors: readonly FieldError[];
}

export const freshForm: FormState = { fields: new Fields(), errors: [] };

export const ErrorSummary: FC<{ errors: readonly FieldError[] }> = ({ errors }) =>
  errors.length === 0 ? null : (
    <div class="problem" role="alert" tabindex={-1} autofocus>
      <h2>{texts.common.problems.summary}</h2>
      <ul>
        {errors.map(({ field, message }) => (
          <li>{field === "" ? message : <a href={`#field-${field}`}>{message}</a>}</li>
        ))}
      </ul>
    </div>
  );

export const Form: FC<
  PropsWithChildren<{
    action: string;
    state: FormState;
    submit: string;
    /** `add` is the green of what makes something new. */
    tone?: "primary" | "add";
    /** It has a `FileField`. */
    upload?: boolean;
  }>
> = ({ action, state, submit, tone = "primary", upload = false, children }) => (
  <>
    <ErrorSummary errors={state.errors} />
    <form
      class="fields"
      method="post"
      action={action}
      enctype={upload ? "multipart/form-data" : undefined}
    >
      {children}
      <div>
        <button type="submit" class={tone}>
          {submit}
        </button>
      </div>
    </form>
  </>
);

interface FieldProperties {
  readonly name: string;
  readonly label: string;
  readonly hint?: Child;
  readonly state: FormState;
  /** Shown in a fresh form. */
  readonly value?: string | undefined;
  readonly required?: boolean;
}

/** The parts around an input, and the attributes that tie it to them. */
const Field: FC<{
  properties: FieldProperties;
  input: (attributes: Record<string, string | boolean | undefined>, value: string) => Child;
}> = ({ properties: { name, label, hint, state, value, required = false }, input }) => {
  const id = `field-${name}`;
  const wrong = state.errors.find(({ field }) => field === name)?.message;
  const described = [hint ? `${id}-hint` : "", wrong ? `${id}-wrong` : ""]
    .filter(Boolean)
    .join(" ");
  const attributes = {
    id,
    name,
    required,
    "aria-describedby": described || undefined,
    "aria-invalid": wrong ? "true" : undefined,
  };
  return (
    <div class="field">
      <label for={id}>
        {label}
        {!required && <small>{` (${texts.common.optional})`}</small>}
      </label>
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {input(attributes, state.fields.optional(name) ?? value ?? "")}
      {wrong && (
        <span class="wrong" id={`${id}-wrong`}>
          {wrong}
        </span>
      )}
    </div>
  );
};

export const TextField: FC<
  FieldProperties & {
    type?: "text" | "email" | "url" | "number" | "date" | "password";
    autocomplete?: string;
    maxlength?: number | undefined;
    placeholder?: string;
  }
> = ({ type = "text", autocomplete = "off", maxlength, placeholder, ...properties }) => (
  <Field
    properties={properties}
    input={(attributes, value) => (
      <input
        {...attributes}
        type={type}
        // A secret that was typed is not sent back.
        value={type === "password" ? "" : value}
        autocomplete={autocomplete}
        maxlength={maxlength}
        placeholder={placeholder}
      />
    )}
  />
);

export const SelectField: FC<
  FieldProperties & { options: readonly { readonly value: string; readonly label: string }[] }
> = ({ options, ...properties }) => (
  <Field
    properties={properties}
    input={(attributes, chosen) => (
      <select {...attributes}>
        {options.map(({ value, label }) => (
          <option value={value} selected={value === chosen}>
            {label}
          </option>
        ))}
      </select>
    )}
  />
);

export const TextAreaField: FC<
  FieldProperties & { placeholder?: string; rows?: number; maxlength?: number }
> = ({ placeholder, rows, maxlength, ...properties }) => (
  <Field
    properties={properties}
    input={(attributes, value) => (
      <textarea {...attributes} placeholder={placeholder} rows={rows} maxlength={maxlength}>
        {value}
      </textarea>
    )}
  />
);

/**
 * The form needs `upload`. What was chosen before has to be chosen again: browsers keep no files.
 */
export const FileField: FC<FieldProperties & { accept?: string }> = ({ accept, ...properties }) => (
  <Field
    properties={properties}
    input={(attributes) => <input {...attributes} type="file" accept={accept} />}
  />
);

/** One thing that is so or not. */
export const CheckField: FC<{
  name: string;
  label: string;
  hint?: Child;
  state: FormState;
  /** In a fresh form. */
  checked?: boolean;
  /** A switch: what it says holds once it is saved. */
  role?: "switch";
}> = ({ name, label, hint, state, checked = false, role }) => {
  const id = `field-${name}`;
  const wrong = state.errors.find(({ field }) => field === name)?.message;
  const sent = state.errors.length > 0;
  return (
    <div class="field">
      <label class="check" for={id}>
        <input
          type="checkbox"
          id={id}
          name={name}
          role={role}
          checked={sent ? state.fields.checked(name) : checked}
          aria-describedby={hint ? `${id}-hint` : undefined}
        />
        <span>{label}</span>
      </label>
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {wrong && <span class="wrong">{wrong}</span>}
    </div>
  );
};

export const CheckBoxes: FC<{
  name: string;
  legend: string;
  options: readonly { readonly value: string; readonly label: Child }[];
  checked: readonly string[];
}> = ({ name, legend, options, checked }) => (
  <fieldset id={`field-${name}`}>
    <legend>{legend}</legend>
    {options.map(({ value, label }) => (
      <label class="check">
        <input type="checkbox" name={name} value={value} checked={checked.includes(value)} />
        <span>{label}</span>
      </label>
    ))}
  </fieldset>
);
