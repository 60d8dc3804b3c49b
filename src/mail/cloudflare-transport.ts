/** Mail over Cloudflare's own sending (binding `send_email`). */
import { type MailTransport, notTaken } from "../ports/mail-transport.ts";
import { err, ok } from "../result.ts";
import { addressOf } from "./mime.ts";

export const createCloudflareTransport = (binding: SendEmail, from: string): MailTransport => ({
  async send({ id, to, subject, text, html }) {
    try {
      await binding.send({
        from: senderOf(from),
        to,
        subject,
        text,
        html,
        // Of headers that it did not think of itself the service takes only those that begin with X-.
        headers: { "X-Auto-Response-Suppress": "All", "X-Entity-Ref-ID": id },
      });
      return ok(undefined);
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string };
      return err({
        // Which of its answers are final is not documented, and most are about the account's set-up.
        permanent: false,
        reason: notTaken,
        details: `${code ?? "error"}: ${message ?? String(error)}`,
      });
    }
  },
});

function senderOf(from: string): string | EmailAddress {
  const name = /^(.*)<[^<>]+>\s*$/.exec(from)?.[1]?.trim();
  return name ? { name, email: addressOf(from) } : from;
}
