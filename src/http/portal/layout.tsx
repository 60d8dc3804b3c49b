/** What is around every page: the bar, the menu, the trail, and what the page before has to tell. */
import type { Child, FC, PropsWithChildren } from "hono/jsx";
import { isLocalDevelopment } from "../deployment.ts";
import { assetHref } from "./assets/assets.ts";
import { operatorSection, tenantSections } from "./navigation.ts";
import type { Crumb, View } from "./route.ts";
import { notices, type Texts } from "./texts/texts.ts";
import { TenantVisit, type Visit } from "./visit.ts";

/** htmx never evaluates text as script, and asks nobody but us. */
const htmxSettings = JSON.stringify({
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  // A form that was not taken says why in its place.
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

const Document: FC<PropsWithChildren<{ title: string; texts: Texts }>> = ({
  title,
  texts,
  children,
}) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex" />
      <meta name="htmx-config" content={htmxSettings} />
      <title>{`${title} · ${texts.common.product}`}</title>
      <link rel="stylesheet" href={assetHref("portal.css")} />
      <link rel="icon" href="data:," />
      <script src={assetHref("htmx.js")} defer></script>
      <script src={assetHref("portal.js")} defer></script>
    </head>
    <body>{children}</body>
  </html>
);

/** For people who are not signed in, and for what went wrong before it was known who asks. */
export const BarePage: FC<PropsWithChildren<{ title: string; texts: Texts }>> = ({
  title,
  texts,
  children,
}) => (
  <Document title={title} texts={texts}>
    <header class="bar">
      <a class="brand" href="/portal">
        {texts.common.product}
      </a>
    </header>
    <main class="narrow" id="content">
      <h1>{title}</h1>
      {children}
    </main>
  </Document>
);

export const Layout: FC<{ visit: Visit; view: View; choices: readonly Choice[] }> = ({
  visit,
  view,
  choices,
}) => {
  const { texts } = visit;
  const { common } = texts;
  const notice = Object.entries(notices).find(([name]) => name === visit.query("notice"))?.[1];
  return (
    <Document title={view.title} texts={texts}>
      <header class="bar">
        <a class="skip" href="#content">
          {common.skipToContent}
        </a>
        <a class="brand" href="/portal">
          {common.product}
        </a>
        <button type="button" class="menu" popovertarget="menu">
          {common.menu}
        </button>
        <TenantSwitcher visit={visit} choices={choices} />
        <div class="who">
          <span title={visit.signedIn.person.mail}>{visit.signedIn.person.name}</span>
          <form method="post" action="/portal/sign-out">
            <button type="submit" class="plain">
              {common.signOut}
            </button>
          </form>
        </div>
      </header>
      <div class="frame">
        <nav class="sections" id="menu" popover="auto" aria-label={common.sections}>
          <Sections visit={visit} />
        </nav>
        <main id="content">
          {view.trail && <Trail trail={view.trail} title={view.title} label={common.trail} />}
          <div class="head">
            <h1>{view.title}</h1>
            {view.actions && <div class="actions">{view.actions}</div>}
          </div>
          {notice !== undefined && (
            <p class="notice" role="status">
              {notice}
            </p>
          )}
          {view.content}
        </main>
      </div>
    </Document>
  );
};

/** A tenant to switch to. */
export interface Choice {
  readonly id: string;
  readonly name: string;
}

const TenantSwitcher: FC<{ visit: Visit; choices: readonly Choice[] }> = ({ visit, choices }) => {
  const { common } = visit.texts;
  const current = visit instanceof TenantVisit ? visit.tenant : undefined;
  if (choices.length < 2) return <span>{current?.name ?? choices[0]?.name}</span>;
  return (
    <details class="switcher">
      <summary>{current?.name ?? common.tenants}</summary>
      <ul>
        {choices.map(({ id, name }) => (
          <li>
            <a href={`/portal/tenants/${id}`}>{name}</a>
          </li>
        ))}
        <li>
          <a href="/portal/tenants">{common.allTenants}</a>
        </li>
      </ul>
    </details>
  );
};

const Sections: FC<{ visit: Visit }> = ({ visit }) => {
  const { navigation } = visit.texts;
  const here = visit.context.req.path.replace(/\/$/, "");
  const section = (label: string, items: readonly Child[]) =>
    items.length > 0 && (
      <>
        <h2>{label}</h2>
        <ul>{items}</ul>
      </>
    );
  const item = (href: string, label: string, exact: boolean) => (
    <li>
      <a
        href={href}
        aria-current={here === href || (!exact && here.startsWith(`${href}/`)) ? "page" : undefined}
      >
        {label}
      </a>
    </li>
  );
  return (
    <>
      {visit instanceof TenantVisit &&
        tenantSections.map(({ label, entries }) =>
          section(
            navigation[label],
            entries
              .filter(({ permission }) => visit.may(permission))
              .map((entry, index, shown) => (
                <>
                  {entry.group !== undefined && entry.group !== shown[index - 1]?.group && (
                    <li class="group">{navigation[entry.group]}</li>
                  )}
                  {item(visit.href(entry.path), navigation[entry.label], entry.path === "")}
                </>
              )),
          ),
        )}
      {visit.actor.rank === "operator" &&
        section(
          navigation[operatorSection.label],
          operatorSection.entries.map((entry) =>
            item(`/portal/operator${entry.path}`, navigation[entry.label], false),
          ),
        )}
      {isLocalDevelopment(new URL(visit.context.req.url), visit.dependencies.environment) && (
        <ul>{item("/mailbox", navigation.mailbox, true)}</ul>
      )}
    </>
  );
};

const Trail: FC<{ trail: readonly Crumb[]; title: string; label: string }> = ({
  trail,
  title,
  label,
}) => (
  <nav class="trail" aria-label={label}>
    <ol>
      {trail.map((crumb) => (
        <li>
          <a href={crumb.href}>{crumb.label}</a>
        </li>
      ))}
      <li aria-current="page">{title}</li>
    </ol>
  </nav>
);
