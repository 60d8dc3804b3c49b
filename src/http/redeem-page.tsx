/** `/redeem/{secret}`: the one-time page that hands out a token's challenge. GET shows a button, POST reveals. */
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { Child, FC, PropsWithChildren } from "hono/jsx";
import type { Needs } from "../administration/dependencies.ts";
import { isRedeemable, redeem, type Revealed } from "../administration/redemption.ts";
import { certmongerGuide } from "./client-guides/certmonger.ts";
import type { Guide, GuideStep } from "./client-guides/guide.ts";
import { otherGuides } from "./client-guides/guides.ts";
import { copyScript } from "./copy-script.ts";
import { redeemStyle } from "./redeem-style.ts";

export type RedeemDependencies = Needs<
  "oneTimeLinks" | "configurations" | "clock" | "publicHttpOrigin" | "publicHttpsOrigin"
>;

const scriptPath = "/redeem/assets/copy.js";

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
      <style nonce={nonce}>{redeemStyle}</style>
      <script src={scriptPath} defer></script>
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

/** Whoever holds a link must not learn from it what became of it; so each reader picks what holds for them. */
const Unusable: FC = () => (
  <>
    <p>It was opened already, has expired, was replaced by a newer one, or was never valid.</p>
    <ul>
      <li>
        <strong>You opened it before:</strong> the challenge was shown then and cannot be shown
        again. If you do not have it any more, make a new request.
      </li>
      <li>
        <strong>You have not opened it, and it is less than 24 hours old:</strong> somebody else may
        have the challenge. Say so at once to the person who approved your request, so that the
        token is revoked.
      </li>
      <li>
        <strong>It is older and was never opened:</strong> the person who approved your request can
        send a new link.
      </li>
    </ul>
  </>
);

/** One value with a button that copies it. */
const Copyable: FC<{ id: string; value: string; challenge?: string }> = ({
  id,
  value,
  challenge,
}) => (
  <dd class="copyable">
    <code id={id} class="value" data-challenge={challenge}>
      {value}
    </code>
    <button type="button" data-copy={id} hidden>
      Copy
    </button>
  </dd>
);

const Details: FC<{ revealed: Revealed }> = ({ revealed }) => (
  <dl>
    <dt>SCEP URL</dt>
    <Copyable id="url" value={revealed.url} />
    {revealed.httpUrl !== undefined && revealed.httpUrl !== revealed.url && (
      <>
        <dt>SCEP URL for devices without HTTPS</dt>
        <Copyable id="http-url" value={revealed.httpUrl} />
      </>
    )}
    <dt>Challenge</dt>
    <Copyable id="challenge" value={revealed.challenge} challenge={revealed.challenge} />
    <dt>Subject</dt>
    <dd>{subjectRule(revealed.subject)}</dd>
    <dt>Subject alternative names</dt>
    <dd>{alternativeNameRule(revealed)}</dd>
    <dt>Valid</dt>
    <dd>
      until {revealed.expiresAt.toISOString().slice(0, 10)}
      {revealed.maxUses === undefined ? "" : `, for ${revealed.maxUses} certificates`}
    </dd>
  </dl>
);

const Step: FC<{ id: string; step: GuideStep }> = ({ id, step }) => (
  <li>
    <h3>{step.title}</h3>
    {step.text && <p>{step.text}</p>}
    {step.command !== undefined && (
      <div class="copyable">
        {step.editable ? (
          <div class="edit">
            <label for={id}>You may edit this before you copy it.</label>
            <textarea
              id={id}
              rows={step.command.split("\n").length + 1}
              spellcheck={false}
              autocomplete="off"
            >
              {step.command}
            </textarea>
          </div>
        ) : (
          <pre id={id} tabindex={0}>
            {step.command}
          </pre>
        )}
        <button type="button" data-copy={id} hidden aria-label={`Copy: ${step.title}`}>
          Copy
        </button>
      </div>
    )}
  </li>
);

const Steps: FC<{ guide: Guide }> = ({ guide }) => (
  <>
    {guide.introduction && <p>{guide.introduction}</p>}
    {guide.steps.length > 0 && (
      <ol>
        {guide.steps.map((step, index) => (
          <Step id={`${guide.id}-${index + 1}`} step={step} />
        ))}
      </ol>
    )}
  </>
);

const RevealedPage: FC<{ revealed: Revealed }> = ({ revealed }) => (
  <>
    <p class="note">
      <strong>Keep this now: it is not shown again.</strong> The challenge may be used for several
      devices; whoever has it can enrol as one of them.
    </p>
    <Details revealed={revealed} />
    <h2>Requesting your Certificate with Certmonger</h2>
    <Steps guide={certmongerGuide(revealed)} />
    <h2>Other clients</h2>
    {otherGuides(revealed).map((guide) => (
      <details>
        <summary>{guide.name}</summary>
        <Steps guide={guide} />
      </details>
    ))}
    <details>
      <summary>Anything else</summary>
      <p>
        Any SCEP client works: give it the SCEP URL and, as challenge password, the challenge above.
        Its request must have a subject and alternative names that are allowed above.
      </p>
    </details>
  </>
);

export function createRedeemPages(dependencies: RedeemDependencies): Hono {
  const pages = new Hono();

  pages.get("/assets/copy.js", (context) =>
    context.body(copyScript, 200, {
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=3600",
      "x-content-type-options": "nosniff",
    }),
  );

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
    `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
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

const alternativeNameRule = ({ subjectAltNames }: Revealed): string =>
  subjectAltNames.length === 0
    ? "none"
    : `any of ${subjectAltNames.map(({ type, value }) => `${type}:${value}`).join(", ")}`;
