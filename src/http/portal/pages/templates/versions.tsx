/** What a template says in words, and what changed from one version to the next. */
import type { TemplateRules } from "../../../../administration/certificate-templates.ts";
import type { TemplateVersion } from "../../../../ports/certificate-template-store.ts";
import { presentRules } from "../../../api/template-rules.ts";
import { Table } from "../../components/table.tsx";
import { Facts, Time } from "../../components/values.tsx";
import type { Visit } from "../../visit.ts";
import { purposeName } from "./template-fields.tsx";

/** By the form's name of each rule, in the form's order. */
function wordsOf(visit: Visit, rules: TemplateRules): ReadonlyMap<string, string> {
  const said = visit.texts.certificateTemplates;
  const shown = presentRules(rules);
  const words = new Map<string, string>();
  const add = (path: string, value: unknown): void => {
    if (value === null || value === undefined) words.set(path, said.none);
    else if (Array.isArray(value)) words.set(path, value.map(inWords).join(", ") || said.none);
    else if (typeof value === "object") {
      for (const [name, inner] of Object.entries(value))
        add(path ? `${path}.${name}` : name, inner);
    } else words.set(path, chosenName(visit, path, value) ?? inWords(value));
  };
  add("", shown);
  const order = Object.keys(said.labels);
  const place = (path: string) =>
    order.findIndex((name) => name === path || name.startsWith(`${path}.`));
  return new Map([...words].toSorted(([one], [other]) => place(one) - place(other)));
}

/** Of a select of the form: as the form says it. */
function chosenName(visit: Visit, path: string, value: unknown): string | undefined {
  const said = visit.texts.certificateTemplates;
  const names: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "keyUsage.source": said.keyUsageSources,
    "subject.commonName": said.commonNameRules,
    requestSignature: said.signatures,
  };
  return typeof value === "string" ? names[path]?.[value] : undefined;
}

function inWords(value: unknown): string {
  if (value === true) return "✓";
  if (value === false) return "–";
  return typeof value === "string" ? purposeName(value) : JSON.stringify(value);
}

/** A rule's label with its group's, as the form has them. */
function labelOf(visit: Visit, path: string): string {
  const { labels, groups } = visit.texts.certificateTemplates;
  const label = (labels as Readonly<Record<string, string>>)[path];
  const group = {
    extendedKeyUsage: groups.purposes,
    requiredDomain: groups.domain,
    keys: groups.keys,
    keyUsage: groups.keyUsage,
    revocationAddresses: groups.addresses,
    renewal: groups.renewal,
    requestSignature: groups.signature,
  }[path.split(".")[0] ?? ""];
  return [group, label].filter(Boolean).join(": ") || path;
}

export const RulesInWords = ({ visit, rules }: { visit: Visit; rules: TemplateRules }) => (
  <Facts
    facts={[...wordsOf(visit, rules)].map(
      ([path, words]) => [labelOf(visit, path), words] as const,
    )}
  />
);

export const Versions = ({
  visit,
  versions,
}: {
  visit: Visit;
  /** Newest first. */
  versions: readonly TemplateVersion[];
}) => {
  const said = visit.texts.certificateTemplates;
  const rows = versions.map((version, index) => ({ version, before: versions[index + 1] }));
  return (
    <section>
      <h2>{said.versions}</h2>
      <Table
        label={said.versions}
        items={rows}
        columns={[
          { label: said.version, cell: ({ version }) => version.template.version },
          { label: said.changedOn, cell: ({ version }) => <Time at={version.createdAt} /> },
          {
            label: said.whatChanged,
            cell: ({ version, before }) =>
              before ? (
                <Differences visit={visit} before={before.template} after={version.template} />
              ) : (
                version.template.version === 1 && said.first
              ),
          },
        ]}
      />
    </section>
  );
};

const Differences = ({
  visit,
  before,
  after,
}: {
  visit: Visit;
  before: TemplateRules;
  after: TemplateRules;
}) => {
  const [old, now] = [wordsOf(visit, before), wordsOf(visit, after)];
  const { none } = visit.texts.certificateTemplates;
  const paths = [...new Set([...old.keys(), ...now.keys()])];
  return (
    <ul>
      {paths
        .filter((path) => old.get(path) !== now.get(path))
        .map((path) => (
          <li>{`${labelOf(visit, path)}: ${old.get(path) ?? none} → ${now.get(path) ?? none}`}</li>
        ))}
    </ul>
  );
};
