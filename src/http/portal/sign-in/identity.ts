/** Who is asking, with every request: by the session's cookie, or by the proof that Cloudflare Access sends along. */
import type { Context } from "hono";
import { actorOfPerson } from "../../../administration/actor.ts";
import {
  endSession,
  resumeSession,
  sessionHours,
  type SignedIn,
  startSession,
} from "../../../administration/sessions.ts";
import type { SignedInPerson } from "../../../ports/session-store.ts";
import type { PortalDependencies } from "../dependencies.ts";
import { readSealedCookie, removeSealedCookie, writeSealedCookie } from "./sealed-cookie.ts";

/** An unattended screen is signed out. */
const idleMilliseconds = 3600_000;
/** How far the time in the cookie may be behind, so that not every answer sets one. */
const refreshMilliseconds = 5 * 60_000;

interface SessionCookie {
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly seenAt: number;
}

const write = (context: Context, dependencies: PortalDependencies, secret: string) =>
  writeSealedCookie(
    context,
    dependencies,
    "session",
    { secret, seenAt: dependencies.clock.now().getTime() } satisfies SessionCookie,
    sessionHours * 3600,
  );

export async function identify(
  context: Context,
  dependencies: PortalDependencies,
): Promise<SignedIn | undefined> {
  const { accessVerifier } = dependencies;
  if (accessVerifier) {
    // With Access in front nothing else opens the portal: no cookie of ours outlives its decision.
    const person = await accessVerifier.verify(context.req.raw.headers);
    return person && { person, actor: await actorOfPerson(dependencies, person) };
  }
  const cookie = await readSealedCookie<SessionCookie>(context, dependencies, "session");
  const now = dependencies.clock.now().getTime();
  if (!cookie || now - cookie.seenAt > idleMilliseconds) return undefined;
  const signedIn = await resumeSession(dependencies, cookie.secret);
  if (signedIn && now - cookie.seenAt > refreshMilliseconds)
    await write(context, dependencies, cookie.secret);
  return signedIn;
}

export async function signIn(
  context: Context,
  dependencies: PortalDependencies,
  person: SignedInPerson,
): Promise<void> {
  // The old session, if any, ends: who signs in on a shared computer leaves nothing of the one before.
  await endOwnSession(context, dependencies);
  await write(context, dependencies, await startSession(dependencies, person));
}

export async function signOut(context: Context, dependencies: PortalDependencies): Promise<void> {
  await endOwnSession(context, dependencies);
  removeSealedCookie(context, dependencies, "session");
}

async function endOwnSession(context: Context, dependencies: PortalDependencies): Promise<void> {
  const cookie = await readSealedCookie<SessionCookie>(context, dependencies, "session");
  if (cookie) await endSession(dependencies, cookie.secret);
}
