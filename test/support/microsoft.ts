/**
 * Microsoft's answers behind the port, as strict about the order of things as the real service would be harmed by it:
 * nothing is notified that was not validated in the very same octets, nothing is told as a failure that Microsoft refused
 * itself, a repeat has the same content. What it sees and what was wrong about it is kept for the tests.
 */
import { toHex } from "../../src/pki/bytes.ts";
import type { IntuneConnection } from "../../src/ports/intune-connection.ts";
import type {
  FailedNotification,
  IntuneCall,
  IntuneFailure,
  IntuneHop,
  IntuneOutcome,
  IntuneRequest,
  IntuneService,
  IssuedNotification,
} from "../../src/ports/intune-service.ts";

type Asked = "validate" | "success-notification" | "failure-notification";
type Answer = IntuneFailure | "success" | "never" | Promise<unknown>;

interface Seen {
  readonly asked: Asked;
  readonly connection: string;
  readonly transactionID: string;
  readonly answer: string;
}

const keyOf = (connection: IntuneConnection, request: IntuneRequest): string =>
  [connection.id, request.transactionID, toHex(request.certificationRequestDer)].join("|");

export class MicrosoftDouble implements IntuneService {
  readonly seen: Seen[] = [];
  readonly violations: string[] = [];
  readonly failures: FailedNotification[] = [];
  /** Thumbprints of certificates whose notification was accepted. */
  readonly accepted = new Set<string>();
  readonly #scripts: Record<Asked, Answer[]> = {
    validate: [],
    "success-notification": [],
    "failure-notification": [],
  };
  readonly #verdicts = new Map<string, boolean>();
  readonly #notified = new Map<string, string>();
  /** What is said when nothing else is scripted. */
  always: (asked: Asked, connection: IntuneConnection) => Answer = () => "success";

  /** The next answers, one after the other; then it is as before. */
  next(asked: Asked, ...answers: readonly Answer[]): void {
    this.#scripts[asked].push(...answers);
  }

  count(asked: Asked): number {
    return this.seen.filter((one) => one.asked === asked).length;
  }

  async validateRequest(
    connection: IntuneConnection,
    request: IntuneRequest,
  ): Promise<IntuneOutcome<undefined>> {
    const outcome = await this.#answer("validate", connection, request);
    // What Microsoft said last about these octets.
    this.#verdicts.set(keyOf(connection, request), outcome.result.ok);
    return outcome;
  }

  async notifySuccess(
    connection: IntuneConnection,
    notification: IssuedNotification,
  ): Promise<IntuneOutcome<undefined>> {
    const key = keyOf(connection, notification);
    if (this.#verdicts.get(key) !== true)
      this.violations.push("a success was notified that was not validated in these octets");
    const { certificationRequestDer: _, ...content } = notification;
    const said = JSON.stringify(content);
    if ((this.#notified.get(key) ?? said) !== said)
      this.violations.push("a notification was repeated with other content");
    this.#notified.set(key, said);
    const outcome = await this.#answer("success-notification", connection, notification);
    if (outcome.result.ok) this.accepted.add(notification.thumbprintHex);
    return outcome;
  }

  async notifyFailure(
    connection: IntuneConnection,
    notification: FailedNotification,
  ): Promise<IntuneOutcome<undefined>> {
    if (this.#verdicts.get(keyOf(connection, notification)) !== true)
      this.violations.push("a failure was notified that Microsoft had refused itself");
    if (this.#notified.has(keyOf(connection, notification)))
      this.violations.push("a failure was notified after a success");
    this.failures.push(notification);
    return await this.#answer("failure-notification", connection, notification);
  }

  downloadRevocationRequests = (): never => this.#unasked();
  uploadRevocationResults = (): never => this.#unasked();
  diagnose = (): never => this.#unasked();

  #unasked(): never {
    throw new Error("An enrolment does not ask this.");
  }

  async #answer(
    asked: Asked,
    connection: IntuneConnection,
    { transactionID }: IntuneRequest,
  ): Promise<IntuneOutcome<undefined>> {
    const answer = this.#scripts[asked].shift() ?? this.always(asked, connection);
    const label = typeof answer === "string" ? answer : "kind" in answer ? answer.kind : "later";
    this.seen.push({ asked, connection: connection.id, transactionID, answer: label });
    if (answer === "never") return await new Promise(() => undefined);
    if (answer instanceof Promise) await answer;
    const calls = [call(asked)];
    return answer === "success" || answer instanceof Promise
      ? { result: { ok: true, value: undefined }, calls }
      : { result: { ok: false, error: answer }, calls };
  }
}

const call = (hop: IntuneHop): IntuneCall => ({
  hop,
  activityId: crypto.randomUUID(),
  httpStatus: 200,
  milliseconds: 1,
});

export const refused = (code: string, description = ""): IntuneFailure => ({
  kind: "refused",
  code,
  description,
});
export const trouble = (hop: IntuneHop, retryAfterSeconds = 7): IntuneFailure => ({
  kind: "trouble",
  hop,
  detail: "no answer",
  retryAfterSeconds,
});
export const misconfigured = (hop: IntuneHop): IntuneFailure => ({
  kind: "misconfigured",
  hop,
  problem: "secret_expired",
  detail: "The client secret has expired.",
  remedy: "Make a new secret in the app registration.",
  retryAfterSeconds: 60,
});
