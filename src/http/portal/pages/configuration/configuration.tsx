/** The page of one SCEP configuration: addresses, what is left to do, its switch, agent, chain, settings, requests. */
import { findCertificateAuthority } from "../../../../administration/certificate-authorities.ts";
import { findTemplate } from "../../../../administration/certificate-templates.ts";
import { changeChain, showChain } from "../../../../administration/configuration-chain.ts";
import { configurationUrls } from "../../../../administration/configuration-urls.ts";
import { warningsOf } from "../../../../administration/configuration-warnings.ts";
import {
  issueEnrolmentAgent,
  listEnrolmentAgents,
} from "../../../../administration/enrolment-agents.ts";
import {
  changeConfiguration,
  findConfiguration,
} from "../../../../administration/scep-configurations.ts";
import type { CertificateAuthorityEntry } from "../../../../ports/certificate-authority-directory.ts";
import type { EnrolmentAgentEntry } from "../../../../ports/enrolment-agent-store.ts";
import type { ConfigurationEntry } from "../../../../ports/scep-configuration-directory.ts";
import { isEntitled } from "../../../../ports/tenant-store.ts";
import { QrCode } from "../../components/figures.tsx";
import { CheckField, ErrorSummary, type FormState, freshForm } from "../../components/form.tsx";
import { ActionButton } from "../../components/navigation.tsx";
import { CopyValue, Facts, Time } from "../../components/values.tsx";
import { errorsOf } from "../../fields.ts";
import { tenantPage, type View } from "../../route.ts";
import { valueOf } from "../../visit.ts";
import { ChainEditor, chainAfter } from "./chain-editor.tsx";
import { RecentRequests, recentRequests } from "./recent-requests.tsx";
import { readSettings, SettingsForm } from "./settings.tsx";
import {
  configurationPath,
  configurationsPath,
  ConfigurationState,
  reading,
  type ReadingVisit,
} from "./shared.tsx";

const base = `${configurationsPath}/:name`;
export const scepConfigurationPage = [
  tenantPage("get", base, reading, (visit) => showConfiguration(visit)),
  tenantPage("post", `${base}/enabled`, [...reading, "configuration.manage"], async (visit) => {
    const name = visit.parameter("name");
    const fields = await visit.fields();
    const enabled = fields.checked("enabled");
    const changed = await changeConfiguration(visit.dependencies, visit.access, name, { enabled });
    return changed.ok
      ? visit.redirect(visit.href(configurationPath(name)), "configuration-changed")
      : showConfiguration(visit, { enabling: { fields, errors: errorsOf(changed.error) } });
  }),
  tenantPage("post", `${base}/chain`, [...reading, "configuration.manage"], async (visit) => {
    const name = visit.parameter("name");
    const fields = await visit.fields();
    const { dependencies, access } = visit;
    const changed = await changeChain(dependencies, access, name, chainAfter(fields));
    return changed.ok
      ? visit.redirect(visit.href(configurationPath(name)))
      : showConfiguration(visit, { chain: { fields, errors: errorsOf(changed.error) } });
  }),
  tenantPage("post", `${base}/settings`, [...reading, "configuration.manage"], async (visit) => {
    const name = visit.parameter("name");
    const fields = await visit.fields();
    const { patch, errors } = readSettings(visit, fields);
    if (errors.length > 0) return showConfiguration(visit, { settings: { fields, errors } });
    const changed = await changeConfiguration(visit.dependencies, visit.access, name, patch);
    return changed.ok
      ? visit.redirect(visit.href(configurationPath(name)), "configuration-changed")
      : showConfiguration(visit, { settings: { fields, errors: errorsOf(changed.error) } });
  }),
  tenantPage("post", `${base}/agent`, ["configuration.manage"], async (visit) => {
    const name = visit.parameter("name");
    valueOf(await issueEnrolmentAgent(visit.dependencies, visit.access, name));
    return visit.redirect(visit.href(configurationPath(name)), "agent-issued");
  }),
];

/** The forms of the page that were sent and not taken. */
interface SentForms {
  readonly enabling?: FormState;
  readonly settings?: FormState;
  readonly chain?: FormState;
}

async function showConfiguration(visit: ReadingVisit, sent: SentForms = {}): Promise<View> {
  const { dependencies, access } = visit;
  const { scepConfigurations: said } = visit.texts;
  const name = visit.parameter("name");
  const configuration = valueOf(await findConfiguration(dependencies, access, name));
  const [authority, template, agents, chain, recent] = await Promise.all([
    findCertificateAuthority(dependencies, access, configuration.certificateAuthorityId),
    findTemplate(dependencies, access, configuration.certificateTemplateId),
    listEnrolmentAgents(dependencies, access, name),
    showChain(dependencies, access, name),
    recentRequests(visit, configuration),
  ]);
  const issuer = authority.ok ? authority.value : undefined;
  const all = agents.ok ? agents.value : [];
  const mayManage = visit.may("configuration.manage");
  const href = visit.href(configurationPath(name));
  return {
    title: configuration.displayName,
    trail: [{ label: said.title, href: visit.href(configurationsPath) }],
    status: Object.keys(sent).length > 0 ? 422 : 200,
    actions: mayManage && configuration.enabled && configuration.kind === "simple" && (
      <ActionButton action={`${href}/test`} label={visit.texts.configurationTest.button} />
    ),
    content: (
      <>
        <Warnings visit={visit} configuration={configuration} />
        {mayManage && (
          <NextSteps visit={visit} configuration={configuration} issuer={issuer} agents={all} />
        )}
        <section class="card">
          <Facts
            facts={[
              [
                said.state,
                <ConfigurationState
                  enabled={configuration.enabled}
                  entitled={isEntitled(visit.tenant.entitlements, configuration.kind)}
                />,
              ],
              [said.name, <code>{configuration.name}</code>],
              [said.kind, said.kinds[configuration.kind]],
              [
                said.authority,
                issuer && (
                  <a href={visit.href(`/certificate-authorities/${issuer.id}`)}>{issuer.name}</a>
                ),
              ],
              [
                said.template,
                template.ok && (
                  <a href={visit.href(`/certificate-templates/${template.value.id}`)}>
                    {template.value.name}
                  </a>
                ),
              ],
            ]}
          />
        </section>
        <Addresses visit={visit} configuration={configuration} />
        {mayManage && <Switch visit={visit} configuration={configuration} sent={sent.enabling} />}
        <Agent visit={visit} issuer={issuer} agents={all} href={href} />
        <ChainEditor
          visit={visit}
          configuration={configuration}
          chain={chain.ok ? chain.value : []}
          sent={sent.chain}
        />
        {mayManage && (
          <SettingsForm visit={visit} configuration={configuration} sent={sent.settings} />
        )}
        <RecentRequests visit={visit} events={recent} href={href} />
      </>
    ),
  };
}

interface Shown {
  readonly visit: ReadingVisit;
  readonly configuration: ConfigurationEntry;
}

const Warnings = async ({ visit, configuration }: Shown) => {
  const { dependencies, access } = visit;
  const warnings = (await warningsOf(dependencies, access, [configuration]))(configuration);
  return warnings.length === 0 ? null : (
    <section class="warning">
      <strong>{visit.texts.scepConfigurations.warnings}</strong>
      <ul>
        {warnings.map((warning) => (
          <li>{warning}</li>
        ))}
      </ul>
    </section>
  );
};

const NextSteps = ({
  visit,
  configuration,
  issuer,
  agents,
}: Shown & {
  issuer: CertificateAuthorityEntry | undefined;
  agents: readonly EnrolmentAgentEntry[];
}) => {
  const { scepConfigurations: said } = visit.texts;
  if (configuration.enabled) return null;
  const steps = [
    agents.length === 0 && !issuer?.ownAgent && said.nextAgent,
    configuration.kind === "intune" && !configuration.intuneConnectionId && said.nextConnection,
    said.nextEnable,
    configuration.kind === "simple" && said.nextTest,
  ].filter((step) => step !== false);
  return (
    <section class="card">
      <h2>{said.nextTitle}</h2>
      <ol>
        {steps.map((step) => (
          <li>{step}</li>
        ))}
      </ol>
    </section>
  );
};

const Addresses = ({ visit, configuration }: Shown) => {
  const { scepConfigurations: said } = visit.texts;
  const { url, httpUrl } = configurationUrls(visit.dependencies, configuration);
  return (
    <section class="card">
      <h2>{said.addresses}</h2>
      <h3>{said.url}</h3>
      <CopyValue value={url} label={said.url} />
      {httpUrl === undefined ? (
        <p class="quiet">{said.noHttp}</p>
      ) : (
        <>
          <h3>{said.httpUrl}</h3>
          <CopyValue value={httpUrl} label={said.httpUrl} />
          <p class="quiet">{said.httpUrlHint}</p>
        </>
      )}
      {configuration.enabled && (
        <p>
          <a href={`${url}?operation=GetCACaps`}>{said.connectivity}</a>
        </p>
      )}
      <details>
        <summary>{said.qr}</summary>
        <QrCode value={httpUrl ?? url} label={said.qrLabel(httpUrl ?? url)} />
      </details>
    </section>
  );
};

const Switch = ({
  visit,
  configuration,
  sent = freshForm,
}: Shown & { sent: FormState | undefined }) => {
  const { scepConfigurations: said } = visit.texts;
  return (
    <section class="card">
      <h2>{said.enableTitle}</h2>
      <ErrorSummary errors={sent.errors} />
      <form
        class="fields"
        method="post"
        action={visit.href(`${configurationPath(configuration.name)}/enabled`)}
      >
        <CheckField
          name="enabled"
          label={said.enable}
          hint={said.enableHint}
          state={sent}
          checked={configuration.enabled}
          role="switch"
        />
        <div>
          <button type="submit" class="primary">
            {said.save}
          </button>
        </div>
      </form>
    </section>
  );
};

const Agent = ({
  visit,
  issuer,
  agents,
  href,
}: {
  visit: ReadingVisit;
  issuer: CertificateAuthorityEntry | undefined;
  agents: readonly EnrolmentAgentEntry[];
  href: string;
}) => {
  const { scepConfigurations: said } = visit.texts;
  const [current] = agents;
  return (
    <section class="card">
      <h2>{said.agent}</h2>
      {issuer?.ownAgent ? (
        <p>{said.agentOwn}</p>
      ) : (
        <>
          <p class="quiet">{said.agentLead}</p>
          {current && (
            <Facts
              facts={[
                [said.serialNumber, <code>{current.serialNumberHex}</code>],
                [said.issuedAt, <Time at={current.createdAt} />],
                [said.expires, <Time at={current.notAfter} />],
              ]}
            />
          )}
          {visit.may("configuration.manage") && (
            <ActionButton
              action={`${href}/agent`}
              label={said.issueAgent}
              {...(current ? {} : { tone: "primary" as const })}
            />
          )}
        </>
      )}
    </section>
  );
};
