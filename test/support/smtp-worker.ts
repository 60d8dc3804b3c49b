/** A Worker that sends the mail it is posted, over the product's own SMTP transport. Bundled by interop/mail.test.ts. */
import type { SmtpSettings } from "../../src/env.ts";
import { createSmtpTransport } from "../../src/mail/smtp-transport.ts";
import { connectTcp } from "../../src/platform/tcp.ts";

interface Order {
  readonly settings: SmtpSettings;
  readonly from: string;
  readonly mail: { readonly id: string; to: string; subject: string; text: string; html: string };
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { settings, from, mail } = await request.json<Order>();
    const transport = createSmtpTransport(settings, from, connectTcp);
    return Response.json(await transport.send({ ...mail, at: new Date() }));
  },
};
