/** Sessions of people in the portal: started by an identity provider's word, short, and over when either side says so. */
import type { MemberStore } from "../ports/member-store.ts";
import type { SessionStore, SignedInPerson } from "../ports/session-store.ts";
import type { Clock } from "../ports/clock.ts";
import { type Actor, actorOfPerson } from "./actor.ts";
import { createId } from "./identifier.ts";
import { hashSecret, randomSecret } from "./secrets.ts";

/** However busy, a person signs in again after a working day. */
export const sessionHours = 8;

interface SessionNeeds {
  readonly sessions: SessionStore;
  readonly members: MemberStore;
  readonly clock: Clock;
}

/** The secret is in this answer and in the person's cookie, nowhere else. */
export async function startSession(
  { sessions, clock }: SessionNeeds,
  person: SignedInPerson,
): Promise<string> {
  const startedAt = clock.now();
  const secret = randomSecret();
  const expiresAt = new Date(startedAt.getTime() + sessionHours * 3600_000);
  await sessions.startSession(
    await hashSecret(secret),
    { ...person, startedAt, expiresAt },
    {
      id: createId(startedAt),
      ...(person.providerTenantId === undefined ? {} : { tenantId: person.providerTenantId }),
      at: startedAt,
      actor: { kind: "person", id: person.mail },
      action: "person.signed-in",
      targetId: person.mail,
      details: {},
    },
  );
  return secret;
}

export interface SignedIn {
  readonly person: SignedInPerson;
  readonly actor: Actor;
}

/** Undefined: ended, expired, or never was. */
export async function resumeSession(
  dependencies: SessionNeeds,
  secret: string,
): Promise<SignedIn | undefined> {
  const { sessions, clock } = dependencies;
  const person = await sessions.findSession(await hashSecret(secret), clock.now());
  return person && { person, actor: await actorOfPerson(dependencies, person) };
}

export async function endSession(
  { sessions }: { readonly sessions: SessionStore },
  secret: string,
): Promise<void> {
  await sessions.endSession(await hashSecret(secret));
}
