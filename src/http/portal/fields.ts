/** The fields of a form that was sent, and what is wrong with them. */
import type { Context } from "hono";
import type { Refusal } from "../../administration/refusal.ts";
import { toBase64 } from "../../pki/bytes.ts";

/** What was sent with a form. Read as octets: the runtime warns of reading them as text. */
export async function readForm(context: Context): Promise<URLSearchParams> {
  const octets = await context.req.arrayBuffer();
  const contentType = context.req.header("content-type") ?? "";
  if (!/^multipart\//i.test(contentType))
    return new URLSearchParams(new TextDecoder().decode(octets));
  const sent = new URLSearchParams();
  const form = await new Response(octets, { headers: { "content-type": contentType } })
    .formData()
    .catch(() => new FormData());
  for (const [name, value] of form) {
    sent.append(name, typeof value === "string" ? value : await textOf(value));
  }
  return sent;
}

/** PEM as it is, any other file in base64; empty when none was chosen. */
async function textOf(file: File): Promise<string> {
  const octets = new Uint8Array(await file.arrayBuffer());
  const text = new TextDecoder().decode(octets);
  return text.includes("-----BEGIN ") ? text : toBase64(octets);
}

export class Fields {
  readonly #sent: URLSearchParams;

  constructor(sent: URLSearchParams = new URLSearchParams()) {
    this.#sent = sent;
  }

  /** Without space around it; empty when absent. */
  text(name: string): string {
    return (this.#sent.get(name) ?? "").trim();
  }

  /** Undefined when absent or empty. */
  optional(name: string): string | undefined {
    return this.text(name) || undefined;
  }

  /** All values of a name: checkboxes, multiple selects. */
  all(name: string): string[] {
    return this.#sent.getAll(name).map((value) => value.trim());
  }

  checked(name: string): boolean {
    return this.#sent.has(name);
  }

  /** One of the values offered; undefined for anything else. */
  choice<Value extends string>(name: string, offered: readonly Value[]): Value | undefined {
    return offered.find((value) => value === this.#sent.get(name));
  }
}

export interface FieldError {
  /** The name of the input; empty when it is about the form as a whole. */
  readonly field: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** What a use case refused, as the form shows it. */
export const errorsOf = (refusal: Refusal): readonly FieldError[] => [
  { field: refusal.reason === "invalid" ? refusal.field : "", message: refusal.detail },
];

/** Names that people give: no control, direction or line-breaking characters, which could make it look like another. */
export function nameErrors(
  field: string,
  value: string,
  longest: number,
  label: string,
): readonly FieldError[] {
  if (value === "") return [{ field, message: `${label} is missing: fill it in.` }];
  if (value.length > longest)
    return [{ field, message: `${label} is too long: use ${longest} characters at most.` }];
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value))
    return [
      {
        field,
        message: `${label} has an invisible character: type it anew instead of pasting it.`,
      },
    ];
  return [];
}
