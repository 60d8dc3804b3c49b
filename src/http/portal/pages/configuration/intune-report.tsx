/** What "Validate Configuration" found out, step by step, and what to click where something is wrong. */
import type { ConnectionReport } from "../../../../administration/intune-connections.ts";
import { ForeignName } from "../../components/names.tsx";
import { Table } from "../../components/table.tsx";
import { Badge } from "../../components/values.tsx";
import type { Visit } from "../../visit.ts";

const tones = { ok: "good", failed: "bad", "not-tried": "neutral" } as const;

export const ValidationReport = ({
  visit,
  report: { valid, steps, calls },
}: {
  visit: Visit;
  report: ConnectionReport;
}) => {
  const { intuneConnections: said } = visit.texts;
  return (
    <section>
      <h2>{said.validationTitle}</h2>
      <p class={valid ? "notice" : "problem"} role="status">
        <strong>{valid ? said.valid : said.invalid}</strong> {valid && said.validLead}
      </p>
      <Table
        label={said.validationTitle}
        items={steps}
        columns={[
          { label: said.hop, cell: ({ hop }) => said.hops[hop] },
          {
            label: said.outcome,
            cell: ({ outcome }) => <Badge tone={tones[outcome]} label={said.outcomes[outcome]} />,
          },
          { label: said.detail, cell: ({ detail }) => <ForeignName name={detail} /> },
          { label: said.remedy, cell: ({ remedy }) => remedy },
        ]}
      />
      {calls.length > 0 && (
        <details>
          <summary>{said.calls}</summary>
          <Table
            label={said.calls}
            items={calls}
            columns={[
              { label: said.hop, cell: ({ hop }) => said.hops[hop] },
              { label: said.activityId, cell: ({ activityId }) => <code>{activityId}</code> },
              { label: said.status, cell: ({ httpStatus }) => httpStatus },
              { label: said.milliseconds, cell: ({ milliseconds }) => Math.round(milliseconds) },
            ]}
          />
        </details>
      )}
    </section>
  );
};
