/** What needs doing now, each with the way there. */
import type { ConnectionHealth, Ending } from "../../../../administration/dashboard.ts";
import type { Texts } from "../../texts/texts.ts";
import type { TenantVisit } from "../../visit.ts";
import { configurationPath, connectionsPath } from "../configuration/shared.tsx";

export interface Task {
  readonly text: string;
  readonly href: string;
}

const dayMilliseconds = 86_400_000;

/** Days before an end at which it should be looked at: a CA's successor takes time to get around. */
export const warningDays: Readonly<Record<Ending["what"], number>> = {
  authority: 90,
  "enrolment-agent": 30,
  secret: 30,
};

export const daysLeft = ({ endsAt }: Ending, now: Date): number =>
  Math.floor((endsAt.getTime() - now.getTime()) / dayMilliseconds);

export function endingPath({ what, id }: Ending): string {
  switch (what) {
    case "authority":
      return `/certificate-authorities/${id}`;
    case "enrolment-agent":
      return configurationPath(id);
    case "secret":
      return `${connectionsPath}/${id}`;
  }
}

export const isFailing = ({ answeredAt, failedAt }: ConnectionHealth): boolean =>
  failedAt !== undefined && (answeredAt === undefined || failedAt > answeredAt);

export const TaskList = ({
  visit,
  tasks,
  endings,
  connections,
}: {
  visit: TenantVisit<never>;
  tasks: readonly Task[];
  endings: readonly Ending[];
  connections: readonly ConnectionHealth[];
}) => {
  const said: Texts["dashboard"] = visit.texts.dashboard;
  const now = visit.dependencies.clock.now();
  const all = [
    ...tasks,
    ...endings
      .filter((ending) => daysLeft(ending, now) < warningDays[ending.what])
      .map((ending) => ({
        text: said.ends(said.whats[ending.what], ending.name, daysLeft(ending, now)),
        href: visit.href(endingPath(ending)),
      })),
    ...connections.filter(isFailing).map(({ connection: { id, name } }) => ({
      text: said.intuneFails(name),
      href: visit.href(`${connectionsPath}/${id}`),
    })),
  ];
  return (
    <section class={all.length === 0 ? "card" : "card attention"}>
      <h2>{said.doTitle}</h2>
      {all.length === 0 ? (
        <p class="quiet">{said.nothingToDo}</p>
      ) : (
        <ul>
          {all.map(({ text, href }) => (
            <li>
              <a href={href}>{text}</a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
};
