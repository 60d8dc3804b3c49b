/** The first-run wizard: an empty tenant's first page, and a page of its own to come back to. */
import {
  type DeviceKind,
  deviceKinds,
  readSetup,
  type Setup,
  type SetupStep,
  type SetupStepName,
  setupStepNames,
  takeSetupStep,
} from "../../../../administration/first-steps.ts";
import type { TenantPermission } from "../../../../administration/permissions.ts";
import { conflict } from "../../../../administration/refusal.ts";
import { ActionButton, ButtonTo } from "../../components/navigation.tsx";
import { Badge } from "../../components/values.tsx";
import { tenantPage, type View } from "../../route.ts";
import { type TenantVisit, valueOf } from "../../visit.ts";
import { configurationPath, connectionsPath } from "../configuration/shared.tsx";

export const setupPath = "/setup";

export const setupPermissions = [
  "authority.read",
  "authority.manage",
  "template.read",
  "template.manage",
  "configuration.read",
  "configuration.manage",
  "intune.read",
  "transaction.read",
] as const satisfies readonly TenantPermission[];

type SetupVisit = TenantVisit<(typeof setupPermissions)[number]>;

export const setupPages = [
  tenantPage("get", setupPath, setupPermissions, async (visit): Promise<View> => {
    const chosen = deviceKinds.find((kind) => kind === visit.query("devices"));
    return {
      title: visit.texts.setup.title,
      content: <SetupGuide visit={visit} setup={await setupOf(visit, chosen)} />,
    };
  }),
  tenantPage("post", `${setupPath}/:devices/:step`, setupPermissions, async (visit) => {
    const devices = deviceKinds.find((kind) => kind === visit.parameter("devices"));
    const step = setupStepNames.find((name) => name === visit.parameter("step"));
    if (!devices || !step) return valueOf(conflict("There is no such step: begin at Set up."));
    valueOf(await takeSetupStep(visit.dependencies, visit.access, devices, step));
    return visit.redirect(visit.href(`${setupPath}?devices=${devices}`), "setup-step-taken");
  }),
];

export const setupOf = (visit: SetupVisit, devices?: DeviceKind): Promise<Setup> =>
  readSetup(visit.dependencies, visit.access, devices);

export const SetupGuide = ({ visit, setup }: { visit: SetupVisit; setup: Setup }) => {
  const { setup: said } = visit.texts;
  const { devices } = setup;
  if (!devices || visit.query("devices") === "other-ones")
    return (
      <>
        <p>{said.lead}</p>
        <DeviceChoice visit={visit} />
      </>
    );
  const next = setup.steps.find(({ done }) => !done)?.step;
  return (
    <>
      <p>{said.lead}</p>
      <p>
        {said.chosen(said.devices[devices])}{" "}
        <a href={visit.href(`${setupPath}?devices=other-ones`)}>{said.change}</a>
      </p>
      {next === undefined && <Finished visit={visit} setup={setup} />}
      <ol class="steps" aria-label={said.stepsTitle}>
        {setup.steps.map((step) => (
          <Step
            visit={visit}
            devices={devices}
            step={step}
            isNext={step.step === next}
            setup={setup}
          />
        ))}
      </ol>
    </>
  );
};

const DeviceChoice = ({ visit }: { visit: SetupVisit }) => {
  const { setup: said } = visit.texts;
  return (
    <section class="card">
      <form class="fields" method="get" action={visit.href(setupPath)}>
        <fieldset>
          <legend>{said.devicesTitle}</legend>
          <span class="hint">{said.devicesHint}</span>
          {deviceKinds.map((kind, index) => (
            <label class="check">
              <input type="radio" name="devices" value={kind} required checked={index === 0} />
              <span>{said.devices[kind]}</span>
            </label>
          ))}
        </fieldset>
        <div>
          <button type="submit" class="primary">
            {said.choose}
          </button>
        </div>
      </form>
    </section>
  );
};

const Step = ({
  visit,
  devices,
  step: { step, done, made },
  isNext,
  setup,
}: {
  visit: SetupVisit;
  devices: DeviceKind;
  step: SetupStep;
  isNext: boolean;
  setup: Setup;
}) => {
  const { setup: said } = visit.texts;
  const words = said.steps[step];
  const page = made && pageOf(step, made);
  return (
    <li class="card" aria-current={isNext ? "step" : undefined}>
      <h2>
        {words.title}{" "}
        <Badge
          tone={done ? "good" : isNext ? "warn" : "neutral"}
          label={done ? said.done : isNext ? said.next : said.later}
        />
      </h2>
      <p>{words.text}</p>
      {made && page !== undefined && (
        <p>
          <a href={visit.href(page)}>{made.name}</a>
        </p>
      )}
      {isNext && <NextButton visit={visit} devices={devices} step={step} setup={setup} />}
    </li>
  );
};

function pageOf(
  step: SetupStepName,
  { id, name }: { id: string; name: string },
): string | undefined {
  switch (step) {
    case "authority":
      return `/certificate-authorities/${id}`;
    case "template":
      return `/certificate-templates/${id}`;
    case "connection":
      return `${connectionsPath}/${encodeURIComponent(name)}`;
    case "configuration":
      return configurationPath(name);
    case "agent":
    case "enabled":
    case "enrolment":
      return undefined;
  }
}

const configurationOf = ({ steps }: Setup): string =>
  configurationPath(steps.find(({ step }) => step === "configuration")?.made?.name ?? "");

const NextButton = ({
  visit,
  devices,
  step,
  setup,
}: {
  visit: SetupVisit;
  devices: DeviceKind;
  step: SetupStepName;
  setup: Setup;
}) => {
  const label = visit.texts.setup.steps[step].button;
  if (step === "connection")
    return <ButtonTo href={visit.href(`${connectionsPath}/_new`)} label={label} tone="add" />;
  const action =
    step === "enrolment" ? `${configurationOf(setup)}/test` : `${setupPath}/${devices}/${step}`;
  return <ActionButton action={visit.href(action)} label={label} tone="add" />;
};

const Finished = ({ visit, setup }: { visit: SetupVisit; setup: Setup }) => {
  const { setup: said } = visit.texts;
  return (
    <section class="card">
      <h2>{said.finished}</h2>
      <p>{said.finishedHint}</p>
      <div class="row">
        <ButtonTo
          href={visit.href(configurationOf(setup))}
          label={said.toConfiguration}
          tone="primary"
        />
        {visit.may("token-request.create") && (
          <ButtonTo href={visit.href("/request-scep-certificate")} label={said.toRequest} />
        )}
        <ButtonTo href={visit.href()} label={said.toDashboard} />
      </div>
    </section>
  );
};
