/**
 * Sign-in without a proof, for the demo's people on a developer's own computer. Both must hold, for each request anew:
 * the deployment says that it is for development, and the address is loopback. Elsewhere these do not exist.
 */
import type { Context } from "hono";
import type { SignedInPerson } from "../../../ports/session-store.ts";
import { isLocalDevelopment } from "../../deployment.ts";
import type { PortalDependencies } from "../dependencies.ts";
import { readForm } from "../fields.ts";
import { texts } from "../texts/texts.ts";

const shownPeople = 30;

/** "olivia@demo.test" is called Olivia. */
const nameOf = (mail: string): string => {
  const [local = ""] = mail.split("@");
  return local.charAt(0).toUpperCase() + local.slice(1);
};

/** Undefined: not here, or nobody of that address is a member. */
export async function developmentPerson(
  context: Context,
  { environment, members, accessVerifier }: PortalDependencies,
): Promise<SignedInPerson | undefined> {
  if (accessVerifier || !isLocalDevelopment(new URL(context.req.url), environment))
    return undefined;
  const mail = (await readForm(context)).get("mail") ?? "";
  const known = await members.listMemberships({ mail, groups: [] });
  return known.length === 0 ? undefined : { mail, name: nameOf(mail), groups: [] };
}

export const DevelopmentPeople = async ({
  dependencies,
  returnTo,
}: {
  dependencies: PortalDependencies;
  returnTo: string;
}) => {
  const { signIn: said, common } = texts;
  const rolesOf = new Map<string, string[]>();
  for (const { value, role } of await dependencies.members.listPeople(shownPeople)) {
    const roles = rolesOf.get(value) ?? [];
    rolesOf.set(value, [...roles, common.roles[role]]);
  }
  return (
    <section>
      <h2>{said.development}</h2>
      <p class="quiet">{said.developmentHint}</p>
      {rolesOf.size === 0 && (
        <p>
          {said.nobody}: {said.nobodyHint}
        </p>
      )}
      <form class="people" method="post" action="/portal/sign-in/development">
        <input type="hidden" name="return" value={returnTo} />
        {[...rolesOf].map(([mail, roles]) => (
          <button type="submit" name="mail" value={mail}>
            {nameOf(mail)}
            <small>{`${[...new Set(roles)].join(", ")} · ${mail}`}</small>
          </button>
        ))}
      </form>
    </section>
  );
};
