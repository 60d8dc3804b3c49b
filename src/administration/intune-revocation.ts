/**
 * Intune's revocation queue: what Microsoft wants revoked (a device wiped, retired, a profile taken away) is fetched at
 * most once an hour for each connection, made durable, revoked, and told back until Microsoft has recorded it.
 */
import { fromHex, toHex } from "../pki/bytes.ts";
import type { RevocationTurn, WaitingRevocation } from "../ports/intune-revocation-store.ts";
import type { RevocationErrorCode } from "../ports/intune-service.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";

export type IntuneRevocationNeeds = Needs<
  "intune" | "intuneRevocations" | "authorities" | "authorityDirectory" | "clock" | "log"
>;

const minute = 60_000;
/** Microsoft hands out nothing for 60 minutes after a download; asked sooner, it would only answer with nothing. */
const coolDownMilliseconds = 61 * minute;
/** Whoever dies during a turn holds it that long. */
const leaseMilliseconds = 5 * minute;
const afterTroubleMilliseconds = 5 * minute;
const unfinishedMilliseconds = 2 * minute;
/** Microsoft recommends no more than this. */
const batchSize = 100;
const turnsAtOnce = 10;
const callMilliseconds = 20_000;

export async function revokeForIntune(dependencies: IntuneRevocationNeeds): Promise<void> {
  const { intuneRevocations, clock, log } = dependencies;
  const now = clock.now();
  const leaseEnd = new Date(now.getTime() + leaseMilliseconds);
  for (const turn of await intuneRevocations.claimTurns(now, leaseEnd, turnsAtOnce)) {
    try {
      const next = await takeTurn(dependencies, turn);
      await intuneRevocations.setNextTurn(turn.connection.id, next);
    } catch (error) {
      // The lease ends by itself, and then the turn is taken again.
      log.fault(turn.connection.id, error);
    }
  }
}

/** @returns when the connection is next looked after */
async function takeTurn(dependencies: IntuneRevocationNeeds, turn: RevocationTurn): Promise<Date> {
  const { intuneRevocations, clock } = dependencies;
  const { id } = turn.connection;
  const mayDownloadAt = (turn.downloadedAt?.getTime() ?? 0) + coolDownMilliseconds;
  let downloadedAt = turn.downloadedAt?.getTime() ?? 0;
  if (clock.now().getTime() >= mayDownloadAt) {
    const downloaded = await download(dependencies, turn);
    if (!downloaded) return after(clock.now(), afterTroubleMilliseconds);
    downloadedAt = downloaded.getTime();
  }
  for (const waiting of await intuneRevocations.listWaiting(id, batchSize))
    if (waiting.errorCode === undefined) await act(dependencies, turn, waiting);
  const isDone = await tellResults(dependencies, turn);
  return isDone
    ? new Date(downloadedAt + coolDownMilliseconds)
    : after(clock.now(), unfinishedMilliseconds);
}

const after = (now: Date, milliseconds: number): Date => new Date(now.getTime() + milliseconds);

/** Undefined: it did not work. */
async function download(
  { intune, intuneRevocations, clock, log }: IntuneRevocationNeeds,
  { connection }: RevocationTurn,
): Promise<Date | undefined> {
  const deadline = after(clock.now(), callMilliseconds);
  const { result, calls } = await intune.downloadRevocationRequests(
    connection,
    batchSize,
    deadline,
  );
  const { id: connectionId, tenantId } = connection;
  if (!result.ok) {
    const failure = result.error;
    log.write({ event: "intune_revocation_trouble", tenantId, connectionId, failure, calls });
    return undefined;
  }
  const now = clock.now();
  const requests = result.value.map((request) => ({ ...request, id: createId(now) }));
  await intuneRevocations.keepRequests(connection, requests, now);
  if (requests.length > 0)
    log.write({
      event: "intune_revocations_fetched",
      tenantId,
      connectionId,
      count: requests.length,
      calls,
    });
  return now;
}

async function act(
  dependencies: IntuneRevocationNeeds,
  turn: RevocationTurn,
  waiting: WaitingRevocation,
): Promise<void> {
  const { intuneRevocations, log } = dependencies;
  const { id: connectionId, tenantId } = turn.connection;
  try {
    const { errorCode, message, serialNumberHex } = await carryOut(dependencies, turn, waiting);
    await intuneRevocations.settle(waiting.id, errorCode, message);
    log.write({
      ...{ event: "intune_revocation", tenantId, connectionId, errorCode },
      serialNumber: serialNumberHex ?? waiting.serialNumber,
    });
  } catch (error) {
    // Our own trouble: it stays, and is tried again.
    log.fault(waiting.id, error);
  }
}

interface CarriedOut {
  readonly errorCode: RevocationErrorCode;
  readonly message?: string;
  readonly serialNumberHex?: string;
}

/** Only certificates that were validated at this directory for this tenant: Microsoft speaks for no other. */
async function carryOut(
  { authorities, authorityDirectory }: IntuneRevocationNeeds,
  { connection, configurations }: RevocationTurn,
  { serialNumber, issuerName, caConfiguration }: WaitingRevocation,
): Promise<CarriedOut> {
  const spellings = serialNumbersOf(serialNumber);
  if (spellings.length === 0)
    return {
      errorCode: "ParameterDataInvalidError",
      message: "The serial number is not readable.",
    };
  const own = [...new Set(configurations.map((one) => one.certificateAuthorityId))];
  const asked = caConfiguration
    ? own.filter((id) => id === caConfiguration)
    : await withSubject(authorityDirectory, connection.tenantId, own, issuerName);
  const configurationIds = configurations.map(({ id }) => id);
  let isElsewhere = asked.length === 0;
  for (const authorityId of asked) {
    const authority = authorities.get(authorityId);
    for (const serialNumberHex of spellings) {
      const revoked = await authority.revoke({
        serialNumberHex,
        reason: "cessationOfOperation",
        by: `intune-connection:${connection.id}`,
        configurationIds,
      });
      if (revoked.ok) return { errorCode: "None", serialNumberHex };
      isElsewhere ||= (await authority.findCertificate(serialNumberHex)) !== undefined;
    }
  }
  return isElsewhere
    ? { errorCode: "NotSupportedError", message: "Not a certificate of this directory." }
    : { errorCode: "CertificateNotFoundError", message: "No certificate has this serial number." };
}

/** By the name that was told when it was issued; all of the connection's CAs when Microsoft names none. */
async function withSubject(
  directory: IntuneRevocationNeeds["authorityDirectory"],
  tenantId: string,
  ids: readonly string[],
  issuerName: string | undefined,
): Promise<readonly string[]> {
  if (!issuerName) return ids;
  const entries = await Promise.all(ids.map((id) => directory.findAuthority(tenantId, id)));
  return entries.flatMap((entry) =>
    entry && entry.subject.slice(0, issuerNameLength) === issuerName ? [entry.id] : [],
  );
}

const issuerNameLength = 256;

/** We send hex; it may come back in another letter case, with leading zeros, or as a decimal number. */
function serialNumbersOf(text: string): readonly string[] {
  const digits = text.trim().replace(/^0x/i, "").replaceAll(/[:\s]/g, "");
  if (!/^[0-9a-f]{1,60}$/i.test(digits)) return [];
  const spellings = [canonical(digits)];
  if (/^\d+$/.test(digits)) spellings.push(canonical(BigInt(digits).toString(16)));
  return [...new Set(spellings)];
}

function canonical(hex: string): string {
  const octets = fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
  const start = octets.findIndex((octet) => octet !== 0);
  return toHex(start < 0 ? octets.subarray(0, 1) : octets.subarray(start));
}

/** True: everything that was fetched is done and recorded. */
async function tellResults(
  { intune, intuneRevocations, clock, log }: IntuneRevocationNeeds,
  { connection }: RevocationTurn,
): Promise<boolean> {
  const waiting = await intuneRevocations.listWaiting(connection.id, batchSize);
  const settled = waiting.filter(({ errorCode }) => errorCode !== undefined);
  if (settled.length === 0) return waiting.length === 0;
  const results = settled.flatMap(({ requestContext, errorCode, errorMessage }) =>
    errorCode ? [{ requestContext, errorCode, ...(errorMessage && { errorMessage }) }] : [],
  );
  const deadline = after(clock.now(), callMilliseconds);
  const { result, calls } = await intune.uploadRevocationResults(connection, results, deadline);
  if (!result.ok || !result.value) {
    const { id: connectionId, tenantId } = connection;
    const failure = result.ok ? "not recorded" : result.error;
    log.write({ event: "intune_revocation_trouble", tenantId, connectionId, failure, calls });
    return false;
  }
  await intuneRevocations.removeWaiting(settled.map(({ id }) => id));
  return settled.length === waiting.length && waiting.length < batchSize;
}
