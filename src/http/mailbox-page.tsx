/**
 * `/mailbox`: what the development transport took instead of sending it. There is nothing at this address unless the
 * deployment says that it is for development and the host is loopback.
 */
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { FC } from "hono/jsx";
import type { Needs } from "../administration/dependencies.ts";
import { listDevelopmentMails } from "../administration/mails.ts";
import type { Environment } from "../env.ts";
import type { DevelopmentMail } from "../ports/mail-transport.ts";
import { isLocalDevelopment } from "./deployment.ts";

const style =
  ":root{color-scheme:light dark;background:Canvas;color:CanvasText}body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}" +
  "article{border:1px solid #8886;border-radius:8px;padding:.5rem 1rem 1rem;margin:1rem 0}h2{font-size:1.1rem}" +
  "pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}";

const MailArticle: FC<{ mail: DevelopmentMail }> = ({ mail }) => (
  <article>
    <h2>{mail.subject}</h2>
    <p>
      To {mail.to}, <time datetime={mail.at.toISOString()}>{mail.at.toISOString()}</time>,{" "}
      <a href={`/mailbox/${mail.id}`}>as HTML</a>
    </p>
    <pre>{withLinks(mail.text)}</pre>
  </article>
);

/** Whole lines that are addresses become links. */
const withLinks = (text: string) =>
  text
    .split("\n")
    .map((line) => [/^https?:\/\/\S+$/.test(line) ? <a href={line}>{line}</a> : line, "\n"]);

const MailboxPage: FC<{ mails: readonly DevelopmentMail[]; nonce: string }> = ({
  mails,
  nonce,
}) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>Mailbox (development)</title>
      <style nonce={nonce}>{style}</style>
    </head>
    <body>
      <main>
        <h1>Mailbox (development)</h1>
        <p>Mails that a real deployment would have sent, newest first.</p>
        {mails.length === 0 && (
          <p>No mail yet: approve a token request, and its link lands here.</p>
        )}
        {mails.map((mail) => (
          <MailArticle mail={mail} />
        ))}
      </main>
    </body>
  </html>
);

export function createMailboxPages(
  dependencies: Needs<"developmentMailbox">,
  environment: Environment,
): Hono {
  const pages = new Hono();
  pages.use(async (context, next) => {
    if (!isLocalDevelopment(new URL(context.req.url), environment)) return context.notFound();
    return next();
  });
  pages.get("/", async (context) => {
    const nonce = protect(context);
    const mails = await listDevelopmentMails(dependencies);
    return context.html(html`<!doctype html>${<MailboxPage mails={mails} nonce={nonce} />}`);
  });
  pages.get("/:id", async (context) => {
    const mails = await listDevelopmentMails(dependencies);
    const mail = mails.find(({ id }) => id === context.req.param("id"));
    if (!mail) return context.notFound();
    protect(context);
    // As a mail program shows it: its own inline styles and nothing else.
    context.header(
      "content-security-policy",
      "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-top-navigation-by-user-activation",
    );
    return context.html(mail.html);
  });
  return pages;
}

function protect(context: Context): string {
  const nonce = crypto.randomUUID();
  context.header(
    "content-security-policy",
    `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  context.header("cache-control", "no-store");
  context.header("referrer-policy", "no-referrer");
  context.header("x-content-type-options", "nosniff");
  return nonce;
}
