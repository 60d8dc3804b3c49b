/** "Test this configuration": runs it, and shows each step. */
import {
  testConfiguration,
  type TestReport,
} from "../../../../administration/configuration-test.ts";
import { ActionButton } from "../../components/navigation.tsx";
import { ForeignName } from "../../components/names.tsx";
import { Table } from "../../components/table.tsx";
import { Badge } from "../../components/values.tsx";
import { tenantPage } from "../../route.ts";
import { valueOf } from "../../visit.ts";
import { configurationPath, configurationsPath } from "./shared.tsx";

const tones = { ok: "good", failed: "bad", "not-tried": "neutral" } as const;

export const configurationTestPages = [
  tenantPage(
    "post",
    `${configurationsPath}/:name/test`,
    ["configuration.manage"],
    async (visit) => {
      const { configurationTest: said, scepConfigurations } = visit.texts;
      const name = visit.parameter("name");
      const report: TestReport = valueOf(
        await testConfiguration(visit.dependencies, visit.access, name),
      );
      const href = visit.href(configurationPath(name));
      return {
        title: said.title,
        trail: [
          { label: scepConfigurations.title, href: visit.href(configurationsPath) },
          { label: name, href },
        ],
        actions: <ActionButton action={`${href}/test`} label={said.again} />,
        content: (
          <>
            <p class={report.passed ? "notice" : "problem"} role="status">
              <strong>{report.passed ? said.passed : said.failed}</strong>
            </p>
            <p class="quiet">{said.lead}</p>
            <Table
              label={said.title}
              items={report.steps}
              columns={[
                { label: said.step, cell: ({ step }) => said.steps[step] },
                {
                  label: said.outcome,
                  cell: ({ outcome }) => (
                    <Badge tone={tones[outcome]} label={said.outcomes[outcome]} />
                  ),
                },
                {
                  label: said.detail,
                  cell: ({ detail, remedy }) => (
                    <>
                      <ForeignName name={detail} /> {remedy && <strong>{remedy}</strong>}
                    </>
                  ),
                },
              ]}
            />
            <p>
              <a href={href}>{said.back}</a>
            </p>
          </>
        ),
      };
    },
  ),
];
