/**
 * Answers to OCSP requests (RFC 6960, RFC 5019): signed here, at the edge; the status is read from the CA's object.
 * What this isolate has answered it answers again, until the status that it read is `agedAtMost` old.
 */
import { toHex } from "../pki/bytes.ts";
import { DecodeError } from "../pki/decode-error.ts";
import { sha256 } from "../pki/digest.ts";
import { type CertId, type OcspRequest, readOcspRequest } from "../pki/ocsp-request.ts";
import {
  assembleOcspResponse,
  buildResponseData,
  type CertStatus,
  type OcspError,
  ocspErrorResponse,
} from "../pki/ocsp-response.ts";
import type { CertificateStatus } from "../ports/certificate-revocation.ts";
import { err, ok, type Result } from "../result.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { PublicationDependencies } from "./dependencies.ts";
import type { KnownAuthority } from "./known-authorities.ts";
import { createOcspResponders, type Defer } from "./ocsp-responders.ts";

/** How old a status may be when it leaves us, caches between us and the relying party included. */
export const agedAtMostSeconds = 60;
/** How long an answer is good for those who keep it: long enough for clocks that differ, short enough for a replay. */
const validSeconds = 300;
const rememberedOctets = 8 * 1024 * 1024;

export interface OcspAnswer {
  readonly der: Uint8Array;
  /** Absent: an error, or bound to one nonce. Not to be kept by anybody. */
  readonly keep?: { readonly thisUpdateSeconds: number; readonly etag: string };
  readonly report: {
    readonly outcome: "answered" | "repeated" | OcspError;
    readonly statuses?: readonly CertStatus["status"][];
    /** For the operator. */
    readonly reason?: string;
  };
}

export interface OcspAnswers {
  /**
   * Never throws for what strangers send.
   * @param requestDer an OCSPRequest, hopefully
   * @param mayMake asked when there is no answer yet, which costs a signature and a call to the CA's object; false: tryLater
   */
  answer(
    authority: KnownAuthority,
    requestDer: Uint8Array,
    defer: Defer,
    mayMake: () => Promise<boolean>,
  ): Promise<OcspAnswer>;
}

export function createOcspAnswers(dependencies: PublicationDependencies): OcspAnswers {
  const { authorities, clock, log } = dependencies;
  const responders = createOcspResponders(dependencies);
  const answers = new BoundedMap<OcspAnswer>(rememberedOctets, ({ der }) => der.length);
  const nowInSeconds = (): number => Math.floor(clock.now().getTime() / 1000);

  function repeated(key: string): OcspAnswer | undefined {
    const known = answers.get(key);
    if (!known?.keep) return undefined;
    const age = nowInSeconds() - known.keep.thisUpdateSeconds;
    return age >= 0 && age < agedAtMostSeconds ? known : undefined;
  }

  async function make(
    authority: KnownAuthority,
    request: OcspRequest,
    defer: Defer,
  ): Promise<Result<OcspAnswer, OcspError>> {
    const thisUpdateSeconds = nowInSeconds();
    const responder = await responders.find(authority, defer);
    // A CA that has ended has nobody left who could speak for it (RFC 5019, section 2.2.3).
    if (!responder.ok)
      return err(responder.error.reason === "authority_not_ready" ? "unauthorized" : "tryLater");
    const { signer, keyHash, certificateDer } = responder.value;
    const responses = await statusesOf(authority, request.certIds);
    const { nonceDer } = request;
    const responseDataDer = buildResponseData({
      responderKeyHash: keyHash,
      producedAtSeconds: nowInSeconds(),
      thisUpdateSeconds,
      nextUpdateSeconds: thisUpdateSeconds + validSeconds,
      responses,
      nonceDer,
    });
    const signature = await signer.sign(responseDataDer);
    const der = assembleOcspResponse(
      responseDataDer,
      signer.algorithmDer,
      signature,
      certificateDer,
    );
    const statuses = responses.map(({ certStatus }) => certStatus.status);
    return ok({
      der,
      ...(!nonceDer && { keep: { thisUpdateSeconds, etag: toHex(await sha256(der)) } }),
      report: { outcome: "answered", statuses },
    });
  }

  /** One call to the object for all that are this CA's; of others we know nothing. */
  async function statusesOf(authority: KnownAuthority, certIds: readonly CertId[]) {
    const serials: string[] = [];
    const mine = new Map<CertId, number>();
    for (const certId of certIds) {
      const { serialNumberHex } = certId;
      if (serialNumberHex === undefined || !(await authority.issued(certId))) continue;
      mine.set(certId, serials.length);
      serials.push(serialNumberHex);
    }
    const statuses =
      serials.length > 0 ? await authorities.get(authority.id).certificateStatuses(serials) : [];
    return certIds.map((certId) => ({
      certIdDer: certId.der,
      certStatus: certStatusOf(statuses[mine.get(certId) ?? -1]),
    }));
  }

  return {
    async answer(authority, requestDer, defer, mayMake) {
      let request: OcspRequest;
      try {
        request = readOcspRequest(requestDer);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        return refused("malformedRequest", error.message);
      }
      const key = cacheKey(authority, request);
      const known = key === undefined ? undefined : repeated(key);
      if (known) return { ...known, report: { ...known.report, outcome: "repeated" } };
      try {
        if (!(await mayMake())) return refused("tryLater", "too many new answers for this CA");
        const made = await make(authority, request, defer);
        if (!made.ok) return refused(made.error);
        // Numbers that nobody was given are not worth remembering: there is no end of them.
        if (key !== undefined && !made.value.report.statuses?.includes("unknown"))
          answers.set(key, made.value);
        return made.value;
      } catch (error) {
        log.fault(authority.id, error);
        return refused("tryLater");
      }
    },
  };
}

const refused = (outcome: OcspError, reason?: string): OcspAnswer => ({
  der: ocspErrorResponse(outcome),
  report: { outcome, ...(reason !== undefined && { reason }) },
});

/** What is asked, by CA: not who asks, under what host, nor how. */
const cacheKey = ({ id }: KnownAuthority, { certIds, nonceDer }: OcspRequest): string | undefined =>
  nonceDer ? undefined : [id, ...certIds.map(({ der }) => toHex(der))].join("|");

const certStatusOf = (status: CertificateStatus | undefined): CertStatus =>
  status?.status === "revoked"
    ? {
        status: "revoked",
        revokedAtSeconds: Math.floor(status.revokedAt.getTime() / 1000),
        reason: status.reason,
      }
    : { status: status?.status ?? "unknown" };
