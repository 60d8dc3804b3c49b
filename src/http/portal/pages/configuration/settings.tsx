/** What may change about a SCEP configuration: names, template, approval, ciphers, digests, plain HTTP, Intune. */
import { listTemplates } from "../../../../administration/certificate-templates.ts";
import { listConnections } from "../../../../administration/intune-connections.ts";
import { presets } from "../../../../administration/presets/presets.ts";
import type { ConfigurationPatch } from "../../../../administration/scep-configurations.ts";
import { contentEncryptionNames, digestNames } from "../../../../pki/algorithms.ts";
import type { ConfigurationEntry } from "../../../../ports/scep-configuration-directory.ts";
import {
  CheckBoxes,
  CheckField,
  Form,
  type FormState,
  freshForm,
  SelectField,
  TextField,
} from "../../components/form.tsx";
import { everyItem } from "../../every-item.ts";
import { type FieldError, type Fields, nameErrors } from "../../fields.ts";
import { configurationPath, type ReadingVisit } from "./shared.tsx";

const longestName = 128;

/** What the form says, or what is wrong with it. */
export function readSettings(
  { texts }: ReadingVisit,
  fields: Fields,
): { readonly patch: ConfigurationPatch; readonly errors: readonly FieldError[] } {
  const { scepConfigurations: said } = texts;
  const displayName = fields.text("displayName");
  const sentCiphers = fields.all("contentEncryption");
  const sentDigests = fields.all("digests");
  const contentEncryption = contentEncryptionNames.filter((name) => sentCiphers.includes(name));
  const digests = digestNames.filter((name) => sentDigests.includes(name));
  const missing = (field: string, label: string) => ({
    field,
    message: `${label}: ${said.chooseOne}`,
  });
  return {
    patch: {
      displayName,
      certificateTemplate: fields.optional("certificateTemplate"),
      intuneConnection: fields.optional("intuneConnection"),
      requiresApproval: fields.checked("requiresApproval"),
      contentEncryption,
      digests,
      plainHttp: fields.checked("plainHttp"),
    },
    errors: [
      ...nameErrors("displayName", displayName, longestName, said.displayName),
      ...(contentEncryption.length === 0
        ? [missing("contentEncryption", said.contentEncryption)]
        : []),
      ...(digests.length === 0 ? [missing("digests", said.digests)] : []),
    ],
  };
}

const named = ({ id, name }: { id: string; name: string }) => ({ value: id, label: name });

export const SettingsForm = async ({
  visit,
  configuration,
  sent = freshForm,
}: {
  visit: ReadingVisit;
  configuration: ConfigurationEntry;
  sent: FormState | undefined;
}) => {
  const { scepConfigurations: said } = visit.texts;
  const { dependencies, access } = visit;
  const templates = await everyItem((page) => listTemplates(dependencies, access, page));
  const intune = visit.permit("intune.read");
  const connections =
    configuration.kind === "intune" && intune.ok
      ? await everyItem((page) => listConnections(dependencies, intune.value, page))
      : [];
  const isFresh = sent.errors.length === 0;
  const { wire } = configuration;
  const { legacyAlgorithms } = presets[configuration.preset];
  const offered = <Name extends string>(names: readonly Name[], old: Name) =>
    legacyAlgorithms ? names : names.filter((name) => name !== old);
  const boxes = (names: readonly string[]) => names.map((value) => ({ value, label: value }));
  return (
    <section class="card">
      <h2>{said.settings}</h2>
      <Form
        action={visit.href(`${configurationPath(configuration.name)}/settings`)}
        state={sent}
        submit={said.saveSettings}
      >
        <TextField
          name="displayName"
          label={said.displayName}
          value={configuration.displayName}
          state={sent}
          maxlength={longestName}
          required
        />
        <SelectField
          name="certificateTemplate"
          label={said.template}
          value={configuration.certificateTemplateId}
          state={sent}
          required
          options={templates.map(named)}
        />
        {configuration.kind === "intune" ? (
          <SelectField
            name="intuneConnection"
            label={said.intuneConnection}
            value={configuration.intuneConnectionId ?? ""}
            state={sent}
            options={[{ value: "", label: said.noConnection }, ...connections.map(named)]}
          />
        ) : (
          <CheckField
            name="requiresApproval"
            label={said.requiresApproval}
            hint={said.requiresApprovalHint}
            state={sent}
            checked={configuration.requiresApproval}
          />
        )}
        <CheckBoxes
          name="contentEncryption"
          legend={said.contentEncryption}
          options={boxes(offered(contentEncryptionNames, "DES-CBC"))}
          checked={isFresh ? wire.contentEncryption : sent.fields.all("contentEncryption")}
        />
        <CheckBoxes
          name="digests"
          legend={said.digests}
          options={boxes(offered(digestNames, "MD5"))}
          checked={isFresh ? wire.digests : sent.fields.all("digests")}
        />
        {!legacyAlgorithms && <p class="quiet">{said.noLegacy}</p>}
        <CheckField
          name="plainHttp"
          label={said.plainHttp}
          hint={said.plainHttpHint}
          state={sent}
          checked={wire.plainHttp}
        />
      </Form>
    </section>
  );
};
