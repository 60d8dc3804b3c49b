/** What the pages about SCEP configurations have in common: their addresses and the tabs. */
import type { FC } from "hono/jsx";
import { Tabs } from "../../components/navigation.tsx";
import { Badge } from "../../components/values.tsx";
import { texts } from "../../texts/texts.ts";
import type { TenantPermission } from "../../../../administration/permissions.ts";
import type { TenantVisit } from "../../visit.ts";

export const configurationsPath = "/scep-configurations";
export const connectionsPath = "/intune-authentication";

export const configurationPath = (name: string): string =>
  `${configurationsPath}/${encodeURIComponent(name)}`;

/** What the page of a configuration shows. */
export const reading = [
  "configuration.read",
  "authority.read",
  "template.read",
  "transaction.read",
] as const satisfies readonly TenantPermission[];

export type ReadingVisit = TenantVisit<(typeof reading)[number]>;

/** What devices find, so the operator's switch comes first. */
export const ConfigurationState: FC<{ enabled: boolean; entitled: boolean }> = ({
  enabled,
  entitled,
}) => {
  const { scepConfigurations: said } = texts;
  if (!entitled) return <Badge tone="bad" label={said.switchedOff} />;
  return (
    <Badge tone={enabled ? "good" : "neutral"} label={enabled ? said.enabled : said.disabled} />
  );
};

/** The guide has both behind the same line of the menu. */
export const ConfigurationTabs: FC<{ visit: TenantVisit<never>; current: string }> = ({
  visit,
  current,
}) => {
  const { scepConfigurations: said } = visit.texts;
  const tabs = [
    { href: visit.href(configurationsPath), label: said.tabConfigurations },
    ...(visit.may("intune.read")
      ? [{ href: visit.href(connectionsPath), label: said.tabIntune }]
      : []),
  ];
  return <Tabs label={said.tabs} tabs={tabs} current={visit.href(current)} />;
};
