/** Mail over a server that takes submissions: port 465 with TLS, 587 with STARTTLS. */
import type { SmtpSettings } from "../env.ts";
import {
  type Mail,
  type MailFailure,
  type MailTransport,
  notTaken,
} from "../ports/mail-transport.ts";
import type { ConnectTcp } from "../ports/tcp.ts";
import { err, ok } from "../result.ts";
import { addressOf, toMime } from "./mime.ts";
import { SmtpConnection, SmtpRefusal } from "./smtp-connection.ts";

const patienceMilliseconds = 20_000;

export function createSmtpTransport(
  settings: SmtpSettings,
  from: string,
  connect: ConnectTcp,
): MailTransport {
  return {
    async send(mail) {
      const tcp = connect({ hostname: settings.host, port: settings.port }, settings.security);
      let late: ReturnType<typeof setTimeout> | undefined;
      try {
        await Promise.race([
          converse(new SmtpConnection(tcp), settings, from, mail),
          new Promise<never>((_, reject) => {
            late = setTimeout(
              () => reject(new Error("The server took too long.")),
              patienceMilliseconds,
            );
          }),
        ]);
        return ok(undefined);
      } catch (error) {
        return err(failureOf(error));
      } finally {
        clearTimeout(late);
        await tcp.close().catch(() => undefined);
      }
    },
  };
}

async function converse(
  connection: SmtpConnection,
  { security, user, password }: SmtpSettings,
  from: string,
  mail: Mail,
): Promise<void> {
  const sender = addressOf(from);
  const clientName = sender.split("@").at(-1) ?? "localhost";
  await connection.greet(clientName);
  if (security === "starttls") await connection.startTls(clientName);
  if (user !== undefined && password !== undefined) await connection.authenticate(user, password);
  await connection.send(sender, mail.to, toMime(mail, from));
  // It is the server's now; how the conversation ends changes nothing.
  await connection.close().catch(() => undefined);
}

/**
 * Only what is said about this receiver or this mail is final, and for the tenant to read: a wrong password will be put
 * right, and is the operator's business.
 */
function failureOf(error: unknown): MailFailure {
  if (error instanceof SmtpRefusal && (error.command === "RCPT" || error.command === "DATA"))
    return { permanent: error.code >= 500, reason: error.message };
  const details = error instanceof Error ? error.message : String(error);
  return { permanent: false, reason: notTaken, details };
}
