/** Which transport a deployment has is said by its configuration. */
import type { MailSettings } from "../env.ts";
import type { MailTransport } from "../ports/mail-transport.ts";
import type { ConnectTcp } from "../ports/tcp.ts";
import { createCloudflareTransport } from "./cloudflare-transport.ts";
import { createSmtpTransport } from "./smtp-transport.ts";

/** Undefined: the deployment has no mail. */
export function createMailTransport(
  settings: MailSettings,
  { mailbox, connect }: { readonly mailbox: MailTransport; readonly connect: ConnectTcp },
): MailTransport | undefined {
  switch (settings.transport) {
    case "none":
      return undefined;
    case "mailbox":
      return mailbox;
    case "cloudflare":
      return createCloudflareTransport(settings.binding, settings.from);
    case "smtp":
      return createSmtpTransport(settings.smtp, settings.from, connect);
  }
}
