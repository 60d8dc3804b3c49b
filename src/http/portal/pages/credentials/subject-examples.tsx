/** What a token would let through: with the form while one types, and with the request for who decides. */
import type { FC } from "hono/jsx";
import { parseSubject } from "../../../../administration/subject.ts";
import { tokenExamples } from "../../../../administration/token-examples.ts";
import type { DistinguishedName } from "../../../../pki/distinguished-name.ts";
import { ForeignName } from "../../components/names.tsx";
import type { Fields } from "../../fields.ts";
import { texts } from "../../texts/texts.ts";
import { namesOf } from "./alternative-name-rows.tsx";
import { readSubject } from "./subject-fields.tsx";

export const ScopeExamples: FC<{ subject: DistinguishedName; names: readonly string[] }> = ({
  subject,
  names,
}) => {
  const said = texts.tokenRequests;
  const { breadth, accepted, refused } = tokenExamples(subject);
  return (
    <div class={breadth === "exact" ? "card" : breadth === "below" ? "warning" : "problem"}>
      <strong>{said.exampleTitle}</strong>
      <p>{said.breadth[breadth]}</p>
      <ul>
        {accepted.map((example) => (
          <li>
            <code>
              <ForeignName name={example} />
            </code>{" "}
            {said.accepted}
          </li>
        ))}
        {refused !== undefined && (
          <li>
            <code>
              <ForeignName name={refused} />
            </code>{" "}
            {said.refused}
          </li>
        )}
      </ul>
      <p>
        {names.length === 0 ? (
          said.acceptedNoNames
        ) : (
          <ForeignName name={said.acceptedNames(names.join(", "))} />
        )}
      </p>
    </div>
  );
};

/** An example of each name: a wildcard stands for what is below it. */
export const exampleName = (value: string): string => value.replace(/^\*\./, "anything.");

/** Asks the form's own page anew after each change. */
export const SubjectExamples: FC<{ action: string; fields: Fields }> = ({ action, fields }) => {
  const text = readSubject(fields);
  const subject = text.ok ? parseSubject("subject", text.value) : text;
  return (
    <div
      id="examples"
      aria-live="polite"
      hx-get={action}
      hx-trigger="input changed delay:300ms from:closest form"
      hx-include="closest form"
      hx-params="not contactEmail"
      hx-select="#examples"
      hx-swap="outerHTML"
    >
      {subject.ok ? (
        <ScopeExamples
          subject={subject.value}
          names={namesOf(fields).map(({ value }) => exampleName(value))}
        />
      ) : (
        <p class="warning">{subject.error.detail}</p>
      )}
    </div>
  );
};
