/** Ways from a page to another one: tabs, and buttons that lead somewhere. */
import type { FC } from "hono/jsx";

export const Tabs: FC<{
  label: string;
  tabs: readonly { readonly href: string; readonly label: string }[];
  current: string;
}> = ({ label, tabs, current }) => (
  <nav class="tabs" aria-label={label}>
    {tabs.map((tab) => (
      <a href={tab.href} aria-current={tab.href === current ? "page" : undefined}>
        {tab.label}
      </a>
    ))}
  </nav>
);

/** To a page on which something new is made. */
export const ButtonTo: FC<{ href: string; label: string; tone?: "add" | "primary" }> = ({
  href,
  label,
  tone,
}) => (
  <form method="get" action={href}>
    <button type="submit" class={tone}>
      {label}
    </button>
  </form>
);

/** A button that does something that can be done again or undone: it needs no question. */
export const ActionButton: FC<{
  action: string;
  label: string;
  tone?: "add" | "primary" | "danger";
}> = ({ action, label, tone }) => (
  <form method="post" action={action}>
    <button type="submit" class={tone}>
      {label}
    </button>
  </form>
);
