/** What a mail consists of; `html.tsx` and `text.ts` give it its two forms. */
export interface MailContent {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** Label and value. */
  readonly facts: readonly (readonly [string, string])[];
  readonly action?: { readonly label: string; readonly url: string };
  /** Below the action, smaller. */
  readonly remarks: readonly string[];
}
