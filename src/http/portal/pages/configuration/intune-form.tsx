/** The fields of an Intune authentication, and how they are read. Labels are the guide's. */
import type { Endpoints } from "../../../../administration/intune-clouds.ts";
import type { NewConnection } from "../../../../administration/intune-connections.ts";
import type { IntuneCloudName } from "../../../../ports/intune-connection.ts";
import type { IntuneConnectionEntry } from "../../../../ports/intune-connection-directory.ts";
import {
  CheckField,
  type FormState,
  SelectField,
  TextAreaField,
  TextField,
} from "../../components/form.tsx";
import { readDay } from "../../day.ts";
import { type FieldError, type Fields, nameErrors } from "../../fields.ts";
import type { Texts } from "../../texts/texts.ts";
import type { Visit } from "../../visit.ts";

const cloudNames: readonly IntuneCloudName[] = ["public", "us-government", "china", "custom"];
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const longestName = 64;
/** With what is copied along around it: a browser cuts the end off before anybody can trim. */
const longestPastedGuid = 64;

/** The identity of the app registration, without its secret. */
export function readConnection(
  { intuneConnections: said }: Texts,
  fields: Fields,
): { readonly wishes: NewConnection; readonly errors: readonly FieldError[] } {
  const name = fields.text("name");
  const ids = (["clientId", "directoryId"] as const).flatMap((field) =>
    guid.test(fields.text(field)) ? [] : [{ field, message: said.guidWrong(said[field]) }],
  );
  return {
    wishes: {
      name,
      cloud: fields.choice("cloud", cloudNames) ?? "public",
      clientId: fields.text("clientId"),
      directoryId: fields.text("directoryId"),
      endpoints: readEndpoints(fields),
      revocationEnabled: fields.checked("revocationEnabled"),
    },
    errors: [...nameErrors("name", name, longestName, said.name), ...ids],
  };
}

function readEndpoints(fields: Fields): Endpoints {
  const hosts = fields
    .text("endpoints.serviceHosts")
    .split(/[\s,]+/)
    .filter(Boolean);
  return {
    login: fields.optional("endpoints.login"),
    graph: fields.optional("endpoints.graph"),
    intuneResource: fields.optional("endpoints.intuneResource"),
    ...(hosts.length > 0 && { serviceHosts: hosts }),
  };
}

export interface ReadSecret {
  readonly clientSecret: string | undefined;
  readonly clientSecretExpiresAt: Date | undefined;
  readonly errors: readonly FieldError[];
}

export function readSecret({ intuneConnections: said }: Texts, fields: Fields): ReadSecret {
  const clientSecret = fields.optional("clientSecret");
  const day = fields.optional("clientSecretExpiresAt");
  const expiresAt = day === undefined ? undefined : readDay(day);
  const isDay = day === undefined || expiresAt !== undefined;
  return {
    clientSecret,
    clientSecretExpiresAt: expiresAt,
    errors: [
      ...(clientSecret === undefined || /^[\x21-\x7e]{1,1000}$/.test(clientSecret)
        ? []
        : [{ field: "clientSecret", message: said.secretWrong }]),
      ...(isDay ? [] : [{ field: "clientSecretExpiresAt", message: said.dateWrong }]),
    ],
  };
}

interface Properties {
  readonly visit: Visit;
  readonly state: FormState;
}

export const ConnectionFields = ({
  visit,
  state,
  entry,
}: Properties & { entry?: IntuneConnectionEntry }) => {
  const { intuneConnections: said } = visit.texts;
  return (
    <>
      <TextField
        name="name"
        label={said.name}
        hint={said.nameHint}
        state={state}
        value={entry?.name ?? ""}
        maxlength={longestName}
        required
      />
      {(["clientId", "directoryId"] as const).map((field) => (
        <TextField
          name={field}
          label={said[field]}
          hint={said[`${field}Hint`]}
          state={state}
          value={entry?.[field] ?? ""}
          maxlength={longestPastedGuid}
          required
        />
      ))}
    </>
  );
};

export const CloudFields = ({
  visit,
  state,
  entry,
}: Properties & { entry?: IntuneConnectionEntry }) => {
  const { intuneConnections: said } = visit.texts;
  const { development } = visit.dependencies;
  const offered = cloudNames.filter((name) => name !== "custom" || development);
  const custom = entry?.cloud.name === "custom" ? entry.cloud : undefined;
  const address = (name: "login" | "graph" | "intuneResource", value: string | undefined) => (
    <TextField
      name={`endpoints.${name}`}
      label={said[name]}
      state={state}
      value={value ?? ""}
      maxlength={300}
    />
  );
  return (
    <>
      <SelectField
        name="cloud"
        label={said.cloud}
        state={state}
        value={entry?.cloud.name ?? "public"}
        required
        options={offered.map((value) => ({ value, label: said.clouds[value] }))}
      />
      <details open={state.errors.some(({ field }) => field.startsWith("endpoints."))}>
        <summary>{said.endpointsTitle}</summary>
        <div class="fields">
          {address("login", custom?.loginOrigin)}
          {address("graph", custom?.graphOrigin)}
          {address("intuneResource", custom?.intuneResource)}
          <TextAreaField
            name="endpoints.serviceHosts"
            label={said.serviceHosts}
            hint={said.serviceHostsHint}
            state={state}
            value={custom?.serviceHosts.join("\n") ?? ""}
            rows={3}
          />
        </div>
      </details>
      <CheckField
        name="revocationEnabled"
        label={said.revocation}
        state={state}
        checked={entry?.revocationEnabled ?? false}
      />
    </>
  );
};

export const SecretFields = ({ visit, state, required }: Properties & { required: boolean }) => {
  const { intuneConnections: said } = visit.texts;
  return (
    <>
      <TextField
        name="clientSecret"
        label={said.secret}
        hint={required ? said.secretHint : said.secretOptionalHint}
        type="password"
        autocomplete="new-password"
        state={state}
        maxlength={1000}
        required={required}
      />
      <TextField
        name="clientSecretExpiresAt"
        label={said.secretExpires}
        hint={said.secretExpiresHint}
        type="date"
        state={state}
      />
    </>
  );
};
