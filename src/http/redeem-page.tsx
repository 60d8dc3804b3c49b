/** `/redeem/{secret}`: the one-time page that hands out a token's challenge. GET shows a button, POST reveals. */
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { Child, FC, PropsWithChildren } from "hono/jsx";
import type { Needs } from "../administration/dependencies.ts";
import { isRedeemable, redeem, type Revealed } from "../administration/redemption.ts";
import { certmongerCommands } from "./certmonger-commands.ts";

export type RedeemDependencies = Needs<
  "oneTimeLinks" | "configurations" | "clock" | "publicHttpOrigin" | "publicHttpsOrigin"
>;

const style =
  "body{font:17px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#1b1f24;background:#fff}" +
  "pre,.value{font-family:ui-monospace,monospace;background:#f3f5f7;border-radius:6px;padding:.6rem .8rem;overflow-wrap:anywhere}" +
  "pre{overflow-x:auto}button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:6px;background:#0b5cad;color:#fff}" +
  "dt{font-weight:600;margin-top:.8rem}dd{margin:.2rem 0 0}";

const Page: FC<PropsWithChildren<{ title: string; nonce: string }>> = ({
  title,
  nonce,
  children,
}) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex" />
      <title>{title}</title>
      <style nonce={nonce}>{style}</style>
    </head>
    <body>
      <main>
        <h1>{title}</h1>
        {children}
      </main>
    </body>
  </html>
);

const Invitation: FC = () => (
  <>
    <p>
      Your request was approved. The button shows the challenge with which your devices ask for
      their certificates.
    </p>
    <p>
      This page works <strong>once</strong>: have a safe place ready to keep what it shows.
    </p>
    <form method="post">
      <button type="submit">Show the challenge</button>
    </form>
  </>
);

const Unusable: FC = () => (
  <p>
    It was used already, has expired, or was never valid: ask the person who approved your request
    to make a new one.
  </p>
);

const Details: FC<{ revealed: Revealed }> = ({ revealed }) => (
  <dl>
    <dt>SCEP URL</dt>
    <dd class="value">{revealed.url}</dd>
    {revealed.httpUrl !== undefined && revealed.httpUrl !== revealed.url && (
      <>
        <dt>SCEP URL for devices without HTTPS</dt>
        <dd class="value">{revealed.httpUrl}</dd>
      </>
    )}
    <dt>Challenge</dt>
    <dd class="value" data-challenge={revealed.challenge}>
      {revealed.challenge}
    </dd>
    <dt>Subject</dt>
    <dd>{subjectRule(revealed.subject)}</dd>
    <dt>Subject alternative names</dt>
    <dd>
      {revealed.subjectAltNames.length === 0
        ? "none"
        : `any of ${revealed.subjectAltNames.map(({ type, value }) => `${type}:${value}`).join(", ")}`}
    </dd>
    <dt>Valid</dt>
    <dd>
      until {revealed.expiresAt.toISOString().slice(0, 10)}
      {revealed.maxUses === undefined ? "" : `, for ${revealed.maxUses} certificates`}
    </dd>
  </dl>
);

const CertmongerSteps: FC<{ revealed: Revealed }> = ({ revealed }) => {
  const commands = certmongerCommands(revealed);
  return (
    <>
      <h2>Requesting your Certificate with Certmonger</h2>
      <ol>
        <li>
          <h3>Install Certmonger</h3>
          <pre>{commands.install}</pre>
        </li>
        <li>
          <h3>Add the Certificate Authority</h3>
          <pre>{commands.addAuthority}</pre>
        </li>
        <li>
          <h3>Submit a Certificate Request</h3>
          <p>
            Change subject and alternative names to those of the device, within what is allowed
            above.
          </p>
          <pre>{commands.request}</pre>
        </li>
        <li>
          <h3>Watch it arrive</h3>
          <pre>{commands.watch}</pre>
        </li>
      </ol>
    </>
  );
};

const RevealedPage: FC<{ revealed: Revealed }> = ({ revealed }) => (
  <>
    <p>Keep this now: it is not shown again. The challenge may be used for several devices.</p>
    <Details revealed={revealed} />
    <CertmongerSteps revealed={revealed} />
    <h2>Other clients</h2>
    <p>
      Any SCEP client works: give it the SCEP URL and, as challenge password, the challenge above.
    </p>
  </>
);

export function createRedeemPages(dependencies: RedeemDependencies): Hono {
  const pages = new Hono();

  pages.get("/:secret", async (context) => {
    const usable = await isRedeemable(dependencies, context.req.param("secret"));
    return usable
      ? show(context, "Your SCEP token is ready", <Invitation />)
      : showUnusable(context);
  });

  pages.post("/:secret", async (context) => {
    const revealed = await redeem(dependencies, context.req.param("secret"));
    return revealed
      ? show(
          context,
          `SCEP token for ${revealed.configurationName}`,
          <RevealedPage revealed={revealed} />,
        )
      : showUnusable(context);
  });
  return pages;
}

/** Unknown, used and expired links look alike. */
const showUnusable = (context: Context) =>
  show(context, "This link cannot be used", <Unusable />, 404);

function show(context: Context, title: string, content: Child, status: 200 | 404 = 200) {
  const nonce = crypto.randomUUID();
  context.header(
    "content-security-policy",
    `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  );
  context.header("cache-control", "no-store");
  context.header("referrer-policy", "no-referrer");
  context.header("x-content-type-options", "nosniff");
  context.header("x-robots-tag", "noindex");
  const page = (
    <Page title={title} nonce={nonce}>
      {content}
    </Page>
  );
  return context.html(html`<!doctype html>${page}`, status);
}

/** A common name is the leaf of a subject: where it is fixed, nothing more specific is left free. */
function subjectRule(subject: string): string {
  if (subject === "") return "any";
  return /(^|,)CN=/.test(subject) ? subject : `${subject}, and anything more specific`;
}
