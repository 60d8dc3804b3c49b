/** What the query of the certificates' page asks for, and the form that makes it. */
import type { InventoryFilter } from "../../../../administration/certificate-filter.ts";
import { definedFields } from "../../../../administration/defined-fields.ts";
import { certificateStates } from "../../../../ports/certificate-inventory.ts";
import { readDay } from "../../day.ts";
import type { Visit } from "../../visit.ts";

const dayMilliseconds = 86_400_000;

/** A day that cannot be read is no filter. */
const dayOf = (visit: Visit, name: string): Date | undefined => readDay(visit.query(name) ?? "");

export function filterOf(visit: Visit): InventoryFilter {
  const until = dayOf(visit, "until");
  return definedFields({
    text: visit.query("search")?.trim().slice(0, 200) || undefined,
    state: certificateStates.find((state) => state === visit.query("state")),
    configuration: visit.query("configuration"),
    tokenId: visit.query("token"),
    expiresAfter: dayOf(visit, "from"),
    // The day that is named is meant whole.
    expiresBefore: until && new Date(until.getTime() + dayMilliseconds),
  });
}

export const CertificateFilterForm = ({
  visit,
  action,
  configurations,
}: {
  visit: Visit;
  action: string;
  /** Names. */
  configurations: readonly string[];
}) => {
  const said = visit.texts.certificates;
  const input = (name: string, label: string, type: "search" | "date") => (
    <div class={type === "search" ? "field wide" : "field"}>
      <label for={`filter-${name}`}>{label}</label>
      <input
        id={`filter-${name}`}
        type={type}
        name={name}
        value={visit.query(name) ?? ""}
        maxlength={200}
      />
    </div>
  );
  const select = (
    name: string,
    label: string,
    any: string,
    options: readonly (readonly [string, string])[],
  ) => (
    <div class="field">
      <label for={`filter-${name}`}>{label}</label>
      <select id={`filter-${name}`} name={name}>
        <option value="">{any}</option>
        {options.map(([value, shown]) => (
          <option value={value} selected={visit.query(name) === value}>
            {shown}
          </option>
        ))}
      </select>
    </div>
  );
  const states = certificateStates
    .filter((state) => state !== "issued")
    .map((state) => [state, said.states[state]] as const);
  const names = configurations.map((name) => [name, name] as const);
  const token = visit.query("token");
  return (
    <form
      class="filter"
      method="get"
      action={action}
      hx-get={action}
      hx-trigger="input changed delay:300ms, submit"
      hx-select="#results"
      hx-target="#results"
      hx-swap="outerHTML"
      hx-replace-url="true"
    >
      {input("search", said.search, "search")}
      {select("state", said.state, said.anyState, states)}
      {select("configuration", said.configuration, said.anyConfiguration, names)}
      {input("from", said.expiresFrom, "date")}
      {input("until", said.expiresUntil, "date")}
      {token !== undefined && <input type="hidden" name="token" value={token} />}
      <button type="submit">{said.filter}</button>
      <a class="button" href={action}>
        {said.clear}
      </a>
    </form>
  );
};
