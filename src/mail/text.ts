/** A mail in plain text. */
import type { MailContent } from "./content.ts";

export function toText({ paragraphs, facts, action, remarks }: MailContent): string {
  const widest = Math.max(0, ...facts.map(([label]) => label.length));
  const blocks = [
    ...paragraphs,
    facts.map(([label, value]) => `${`${label}:`.padEnd(widest + 2)}${value}`).join("\n"),
    ...(action ? [`${action.label}:\n${action.url}`] : []),
    ...remarks,
  ];
  return `${blocks.join("\n\n")}\n`;
}
