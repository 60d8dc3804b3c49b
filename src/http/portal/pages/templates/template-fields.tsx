/** The fields of a template, in groups; named as the API names them, so that each error finds its field. */
import type { Child } from "hono/jsx";
import { templateRisks } from "../../../../administration/template-checks.ts";
import { commonNameRules, domainPlaces } from "../../../../ca/certificate-template.ts";
import { extendedKeyUsageOids } from "../../../api/extended-key-usages.ts";
import type { presentRules } from "../../../api/template-rules.ts";
import {
  CheckBoxes,
  CheckField,
  type FormState,
  SelectField,
  TextAreaField,
  TextField,
} from "../../components/form.tsx";
import type { Visit } from "../../visit.ts";
import {
  curves,
  deviceKeyUsages,
  keyUsageSources,
  nameTypes,
  requestSignatures,
} from "./template-rules.ts";

export type ShownRules = ReturnType<typeof presentRules>;

const purposeOfOid = new Map([...extendedKeyUsageOids].map(([name, oid]) => [oid, name]));
/** By the name that the API takes, where there is one. */
export const purposeName = (oid: string): string => purposeOfOid.get(oid) ?? oid;

interface Properties {
  readonly visit: Visit;
  readonly state: FormState;
  readonly rules: ShownRules;
  /** Names of the tenant's networks. */
  readonly networks: readonly string[];
}

export const TemplateFields = ({ visit, state, rules, networks }: Properties) => {
  const said = visit.texts.certificateTemplates;
  const { labels, hints } = said;
  type Name = keyof typeof labels;
  const sent = state.errors.length > 0;
  const chosen = (name: Name, value: readonly string[]) => (sent ? state.fields.all(name) : value);
  const number = (name: Name, value: number | null, required = true) => (
    <TextField
      name={name}
      label={labels[name]}
      hint={hints[name]}
      type="number"
      state={state}
      value={value === null ? "" : String(value)}
      required={required}
    />
  );
  const check = (name: Name, checked: boolean) => (
    <CheckField name={name} label={labels[name]} state={state} checked={checked} />
  );
  const boxes = (
    name: Name,
    values: readonly string[],
    value: readonly string[],
    names: Readonly<Record<string, string>> = {},
  ) => (
    <CheckBoxes
      name={name}
      legend={labels[name]}
      options={values.map((one) => ({ value: one, label: names[one] ?? one }))}
      checked={chosen(name, value)}
    />
  );
  const select = (
    name: Name,
    values: readonly string[],
    value: string,
    names: Readonly<Record<string, string>>,
  ) => (
    <SelectField
      name={name}
      label={labels[name]}
      state={state}
      value={value}
      required
      options={values.map((one) => ({ value: one, label: names[one] ?? one }))}
    />
  );
  const list = (name: Name, value: readonly string[]) => (
    <TextAreaField
      name={name}
      label={labels[name]}
      hint={hints[name]}
      state={state}
      value={value.join("\n")}
      rows={3}
    />
  );
  const purposes = (name: Name, value: readonly string[]) => {
    const known = Object.keys(said.purposeNames);
    const names = value.map(purposeName);
    return (
      <>
        {boxes(name, known, names, said.purposeNames)}
        <TextField
          name={`${name}.others`}
          label={`${labels[name]}: ${said.others}`}
          hint={said.othersHint}
          state={state}
          value={names.filter((one) => !known.includes(one)).join(" ")}
        />
      </>
    );
  };
  const { requiredDomain } = rules;
  const policies = rules.certificatePolicies.map(({ policy, cpsUri }) =>
    cpsUri === undefined ? policy : `${policy} ${cpsUri}`,
  );
  return (
    <>
      <Group legend={said.groups.validity}>
        {number("validityDays", rules.validityDays)}
        {check("requestedValidity.honour", rules.requestedValidity.honour)}
        {number("requestedValidity.maximumDays", rules.requestedValidity.maximumDays, false)}
        {number("backdateMinutes", rules.backdateMinutes)}
      </Group>
      <Group legend={said.groups.purposes}>
        {purposes("extendedKeyUsage.default", rules.extendedKeyUsage.default)}
        {purposes("extendedKeyUsage.allowed", rules.extendedKeyUsage.allowed)}
        {purposes("extendedKeyUsage.always", rules.extendedKeyUsage.always)}
      </Group>
      <Group legend={said.groups.keyUsage}>
        {select("keyUsage.source", keyUsageSources, rules.keyUsage.source, said.keyUsageSources)}
        {boxes("keyUsage.default", deviceKeyUsages, rules.keyUsage.default)}
        {boxes("keyUsage.allowed", deviceKeyUsages, rules.keyUsage.allowed)}
      </Group>
      <Group legend={said.groups.subject}>
        {select(
          "subject.commonName",
          commonNameRules,
          rules.subject.commonName,
          said.commonNameRules,
        )}
        {check("subject.allowEmpty", rules.subject.allowEmpty)}
      </Group>
      <Group legend={said.groups.names}>
        {boxes("subjectAltName.types", nameTypes, rules.subjectAltName.types, said.nameTypes)}
        {check("subjectAltName.wildcardDns", rules.subjectAltName.wildcardDns)}
        {list("subjectAltName.domains", rules.subjectAltName.domains ?? [])}
      </Group>
      <Group legend={said.groups.domain}>
        <SelectField
          name="requiredDomain.network"
          label={labels["requiredDomain.network"]}
          state={state}
          value={requiredDomain?.network ?? ""}
          options={[
            { value: "", label: said.noNetwork },
            ...networks.map((name) => ({ value: name, label: name })),
          ]}
        />
        {list(
          "requiredDomain.domains",
          requiredDomain && !requiredDomain.network ? requiredDomain.domains : [],
        )}
        {boxes(
          "requiredDomain.in",
          domainPlaces,
          requiredDomain?.in ?? domainPlaces,
          said.domainPlaces,
        )}
      </Group>
      <Group legend={said.groups.keys}>
        {check("keys.rsa", rules.keys.rsa !== null)}
        {number("keys.rsa.minimumBits", rules.keys.rsa?.minimumBits ?? 2048, false)}
        {number("keys.rsa.maximumBits", rules.keys.rsa?.maximumBits ?? 4096, false)}
        {boxes("keys.curves", curves, rules.keys.curves)}
        <small>{hints["keys.curves"]}</small>
      </Group>
      <Group legend={said.groups.renewal}>
        {number("renewal.earliestDaysBeforeEnd", rules.renewal.earliestDaysBeforeEnd, false)}
        {number("renewal.graceDaysAfterEnd", rules.renewal.graceDaysAfterEnd)}
      </Group>
      <Group legend={said.groups.signature}>
        {select("requestSignature", requestSignatures, rules.requestSignature, said.signatures)}
      </Group>
      <Group legend={said.groups.addresses}>
        {(["crl", "ocsp", "caIssuers"] as const).map((name) =>
          check(`revocationAddresses.${name}`, rules.revocationAddresses?.[name] ?? true),
        )}
      </Group>
      <Group legend={said.groups.policies}>{list("certificatePolicies", policies)}</Group>
      <Group legend={said.groups.risks}>
        <small>{said.risksLead}</small>
        <CheckBoxes
          name="acceptRisks"
          legend={labels.acceptRisks}
          options={templateRisks.map((value) => ({ value, label: said.risks[value] }))}
          checked={chosen("acceptRisks", [])}
        />
      </Group>
    </>
  );
};

const Group = ({ legend, children }: { legend: string; children?: Child }) => (
  <fieldset class="group">
    <legend>{legend}</legend>
    <div class="fields">{children}</div>
  </fieldset>
);
