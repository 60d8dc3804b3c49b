/** The transport of development: mails land in a table instead of going anywhere. */
import { desc } from "drizzle-orm";
import type { DevelopmentMailbox, MailTransport } from "../ports/mail-transport.ts";
import { ok } from "../result.ts";
import type { Database } from "./database.ts";
import { developmentMails } from "./outbox-schema.ts";

export function createDevelopmentMailbox(db: Database): DevelopmentMailbox & MailTransport {
  return {
    async send({ to, ...mail }) {
      await db
        .insert(developmentMails)
        .values({ ...mail, recipient: to })
        .onConflictDoNothing();
      return ok(undefined);
    },

    async listDevelopmentMails(limit) {
      const rows = await db
        .select()
        .from(developmentMails)
        .orderBy(desc(developmentMails.at), desc(developmentMails.id))
        .limit(limit);
      return rows.map(({ recipient, ...mail }) => ({ ...mail, to: recipient }));
    },
  };
}
