/** Facts become a mail. */
import type { MailComposer } from "../ports/mail-transport.ts";
import { toHtml } from "./html.tsx";
import { toText } from "./text.ts";
import { wordsOf } from "./words.ts";

export const createMailComposer = (publicHttpsOrigin: string): MailComposer => ({
  async compose(message, tenantId, link) {
    const content = wordsOf(message, {
      portal: `${publicHttpsOrigin}/portal/tenants/${tenantId}`,
      link,
    });
    // Names that people chose stand in subjects: a line break there would begin another header.
    const subject = content.subject.replaceAll(/\p{Cc}+/gu, " ");
    return { subject, text: toText(content), html: await toHtml(content) };
  },
});
