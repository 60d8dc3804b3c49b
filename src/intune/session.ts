/** One piece of work for one connection: its deadline, its HTTP calls, and how often they may be tried. */
import type { IntuneCall, IntuneFailure, IntuneHop } from "../ports/intune-service.ts";
import type { IntuneConnection } from "../ports/intune-connection.ts";
import { readCappedBody } from "./capped-body.ts";
import type { IntuneDependencies } from "./dependencies.ts";
import {
  type Clean,
  errorText,
  type HttpAnswer,
  isTransient,
  retryAfterSeconds,
} from "./http-answer.ts";
import type { CallPauses } from "./call-pauses.ts";
import { KnownSecrets } from "./known-secrets.ts";
import { clipped } from "./lenient-json.ts";

export interface HttpCall {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What the answer says, for the log line; absent: its error text, for answers that are no success. */
  readonly describe?: (body: string | undefined, clean: Clean) => string | undefined;
}

/** Graph lists a few dozen services; Intune answers in a few hundred octets, now and then with 10 kB of text. */
const maximumBodyOctets = 1024 * 1024;
/** Nothing is begun that could not be finished. */
const leastMilliseconds = 250;
/** What a caller is told when Microsoft says nothing. */
const ordinaryRetrySeconds = 30;

export class Session {
  /** For whose audience a token was renewed already: once is enough. */
  readonly renewed = new Set<"graph" | "intune">();
  readonly calls: IntuneCall[] = [];
  /** Whatever is secret is told here before it is sent. */
  readonly secrets = new KnownSecrets();
  readonly connection: IntuneConnection;
  readonly dependencies: IntuneDependencies;
  readonly #deadline: Date;
  readonly #pauses: CallPauses;

  constructor(
    dependencies: IntuneDependencies,
    connection: IntuneConnection,
    deadline: Date,
    pauses: CallPauses,
  ) {
    this.dependencies = dependencies;
    this.connection = connection;
    this.#deadline = deadline;
    this.#pauses = pauses;
  }

  get remainingMilliseconds(): number {
    return this.#deadline.getTime() - this.dependencies.clock.now().getTime();
  }

  /**
   * Makes the call, and a second time after a short pause when its trouble may pass: 0.3 to 1 s, or what Retry-After
   * says when that fits. What `attempt` refuses is final.
   * @param mayPass also other answers than transient ones; they are tried again without a pause
   */
  async twice(
    attempt: () => Promise<HttpAnswer | IntuneFailure>,
    mayPass: (answer: HttpAnswer) => boolean = () => false,
  ): Promise<HttpAnswer | IntuneFailure> {
    const first = await attempt();
    if (isFailure(first)) return first;
    if (isTransient(first)) {
      const pause = this.#pauseBefore(first);
      if (pause === undefined) return first;
      await this.dependencies.sleep(pause);
    } else if (!mayPass(first) || this.remainingMilliseconds < leastMilliseconds) return first;
    return await attempt();
  }

  #pauseBefore(answer: HttpAnswer): number | undefined {
    const { retryAfterSeconds: wished } = answer;
    const pause = Math.max(300 + 700 * this.dependencies.random(), 1000 * (wished ?? 0));
    // After the pause there must be time for the call itself.
    return pause + 1000 < this.remainingMilliseconds ? pause : undefined;
  }

  /** One HTTP call, recorded. Never throws, never follows a redirect. */
  async send(hop: IntuneHop, call: HttpCall): Promise<HttpAnswer> {
    const { clock, figures } = this.dependencies;
    const paused = this.#pauses.pause(this.connection.id, hop);
    if (paused) return paused;
    const isOwnService = !["graph-token", "intune-token", "discovery"].includes(hop);
    const limit = Math.min(
      isOwnService ? figures.serviceCallMilliseconds : figures.directoryCallMilliseconds,
      this.remainingMilliseconds,
    );
    if (limit < leastMilliseconds) {
      const detail = "the time for this request was used up before the call";
      return { kind: "no-answer", detail, unsent: true };
    }
    const activityId = crypto.randomUUID();
    const startedAt = clock.now().getTime();
    const answer = await this.#exchange(call, activityId, limit);
    this.#pauses.heard(this.connection.id, hop, answer);
    const detail = describe(call, answer, this.secrets.clean);
    this.calls.push({
      hop,
      activityId,
      ...(answer.kind === "answer" && { httpStatus: answer.status }),
      milliseconds: clock.now().getTime() - startedAt,
      ...(detail !== undefined && { detail: clipped(detail, 300) }),
    });
    return answer;
  }

  async #exchange(call: HttpCall, activityId: string, limit: number): Promise<HttpAnswer> {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<HttpAnswer>((resolve) => {
      timer = setTimeout(() => {
        controller.abort();
        resolve({ kind: "no-answer", detail: `no whole answer within ${Math.round(limit)} ms` });
      }, limit);
    });
    try {
      return await Promise.race([late, this.#fetch(call, activityId, controller.signal)]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetch(call: HttpCall, activityId: string, signal: AbortSignal): Promise<HttpAnswer> {
    let response: Response | undefined;
    try {
      response = await this.dependencies.fetch(call.url, {
        method: call.method,
        headers: { ...call.headers, "client-request-id": activityId },
        ...(call.body !== undefined && { body: call.body }),
        redirect: "manual",
        signal,
      });
      const body = await readCappedBody(response, maximumBodyOctets);
      return {
        kind: "answer",
        status: response.status,
        body,
        retryAfterSeconds: retryAfterSeconds(
          response.headers.get("retry-after"),
          body,
          this.dependencies.clock,
        ),
      };
    } catch {
      return {
        kind: "no-answer",
        detail: response ? "the answer broke off" : `no connection to ${hostOf(call.url)}`,
      };
    }
  }

  /** Transient trouble, as the caller is told. */
  trouble(hop: IntuneHop, answer: HttpAnswer): IntuneFailure {
    const detail =
      answer.kind === "no-answer"
        ? answer.detail
        : `HTTP ${answer.status}: ${errorText(answer.body, this.secrets.clean)}`;
    return {
      kind: "trouble",
      hop,
      detail: clipped(detail, 300),
      retryAfterSeconds: Math.max(1, answer.retryAfterSeconds ?? ordinaryRetrySeconds),
    };
  }
}

export const isFailure = (value: HttpAnswer | IntuneFailure): value is IntuneFailure =>
  value.kind !== "answer" && value.kind !== "no-answer";

function describe(call: HttpCall, answer: HttpAnswer, clean: Clean): string | undefined {
  if (answer.kind === "no-answer") return answer.detail;
  if (answer.status < 200 || answer.status >= 300) return errorText(answer.body, clean);
  return call.describe?.(answer.body, clean);
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : "the address");
