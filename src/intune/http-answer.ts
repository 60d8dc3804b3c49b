/** What came back of one HTTP call, and what its status and error body mean. */
import type { Clock } from "../ports/clock.ts";
import { longestRetryAfterSeconds } from "../ports/intune-service.ts";
import { asObject, clipped, jsonObject, property, textProperty } from "./lenient-json.ts";

export type HttpAnswer =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** Undefined: longer than what is read. */
      readonly body: string | undefined;
      /** Until when Microsoft does not want to be asked, where it says so. */
      readonly retryAfterSeconds: number | undefined;
    }
  /** No connection, a reset, a time-out. The native text of a failed fetch is not passed on: it may quote the request. */
  | {
      readonly kind: "no-answer";
      readonly detail: string;
      readonly unsent?: false;
      readonly retryAfterSeconds?: undefined;
    }
  | UnsentCall;

/** Nothing was sent: the time of the whole request was over, or Microsoft wants to be left alone. */
export interface UnsentCall {
  readonly kind: "no-answer";
  readonly detail: string;
  readonly unsent: true;
  readonly retryAfterSeconds?: number;
}

/** 408, 429 and 5xx, and everything that brought no answer. */
export const isTransient = (answer: HttpAnswer): boolean =>
  answer.kind === "no-answer" ||
  answer.status === 408 ||
  answer.status === 429 ||
  answer.status >= 500;

/** Nothing good is to be said of the address: it is looked up again. A throttled one is alive. */
export const isAddressInDoubt = (answer: HttpAnswer): boolean =>
  isMoved(answer) || (answer.kind === "no-answer" ? answer.unsent !== true : answer.status >= 500);

/** The service is elsewhere by now. A redirect is never followed: it would take the token along. */
export const isMoved = (answer: HttpAnswer): boolean =>
  answer.kind === "answer" &&
  (answer.status === 404 || answer.status === 410 || (answer.status >= 300 && answer.status < 400));

export const isUnauthorised = (answer: HttpAnswer): boolean =>
  answer.kind === "answer" && (answer.status === 401 || answer.status === 403);

/** Retry-After is seconds or a date (RFC 9110, section 10.2.3); Intune's own errors may carry it in their message. */
export function retryAfterSeconds(
  header: string | null,
  body: string | undefined,
  clock: Clock,
): number | undefined {
  const wished = header ?? nestedRetryAfter(body);
  if (wished === undefined) return undefined;
  const seconds = /^\s*\d{1,10}\s*$/.test(wished)
    ? Number(wished)
    : Math.ceil((Date.parse(wished) - clock.now().getTime()) / 1000);
  return Number.isNaN(seconds)
    ? undefined
    : Math.min(Math.max(seconds, 0), longestRetryAfterSeconds);
}

/** `error.message` of Intune is a JSON document inside a string. */
function nestedRetryAfter(body: string | undefined): string | undefined {
  const message = asObject(jsonObject(body)?.["error"])?.["message"];
  const nested = jsonObject(typeof message === "string" ? message : undefined);
  const value = nested && property(nested, "RetryAfter");
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

const detailLength = 300;

/** Takes secrets out of what Microsoft wrote. */
export type Clean = (text: string) => string;

/** What an error body says, in one line: OAuth's, Graph's, Intune's nested one, or that it is none of them. */
export function errorText(body: string | undefined, clean: Clean): string {
  const object = jsonObject(body);
  if (!object) return body === "" ? "an empty body" : "a body that is no JSON object";
  const graph = asObject(object["error"]);
  const message = graph
    ? textProperty(graph, "message")
    : textProperty(object, "error_description");
  const nested = jsonObject(message);
  const parts = [
    graph ? textProperty(graph, "code") : textProperty(object, "error"),
    (nested && textProperty(nested, "Message")) ?? message,
  ];
  return clipped(clean(parts.filter(Boolean).join(": ")) || "no error code", detailLength);
}
