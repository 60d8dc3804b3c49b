/** One wide event (docs/architecture.md) as one readable line, for `npm run tail` and `npm start`. */
import { bold, cyan, dim, green, red, yellow } from "./terminal.mjs";

const paints = {
  issued: green,
  repeated: cyan,
  refused: yellow,
  postponed: yellow,
  answered: dim,
  error: red,
};

/** RFC 8894, section 3.2.1.2. */
const messageTypes = {
  3: "CertRep",
  17: "RenewalReq",
  19: "PKCSReq",
  20: "CertPoll",
  21: "GetCert",
  22: "GetCRL",
};

/**
 * The line for a log line that is one of our events and says something to a person; undefined for anything else.
 *
 * @param {string} text
 */
export function eventLine(text) {
  const event = parseEvent(text);
  // Heads of the audit log's chain are for a log store, not for a reader.
  if (event === undefined || event.event === "audit-chain") return undefined;
  if (event.event === "scep") return scepLine(event);
  if (event.event === "http") return httpLine(event);
  if (event.event === "pki") return pkiLine(event);
  if (event.event === "fault") return faultLine(event);
  return otherLine(event);
}

/** @returns {Record<string, any> | undefined} */
export function parseEvent(text) {
  const start = text.indexOf("{");
  if (start === -1 || !text.includes('"event"')) return undefined;
  try {
    const event = JSON.parse(text.slice(start), (_name, value) => harmless(value));
    return typeof event?.event === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}

/** Values come from devices: nothing in them may move the terminal's cursor or hide text. */
function harmless(value) {
  return typeof value === "string" ? value.replaceAll(/[\p{Cc}\p{Cf}]/gu, "·") : value;
}

function scepLine(event) {
  const paint = paints[event.outcome] ?? dim;
  const verdict = [
    event.outcome,
    event.pkiStatus === "SUCCESS" ? undefined : event.pkiStatus,
    event.failInfo,
    event.status === undefined || event.status < 300 ? undefined : `HTTP ${event.status}`,
  ];
  return words(
    dim(clock(event.at)),
    paint(words(...verdict).padEnd(9)),
    bold(words(event.operation, messageTypes[event.messageType] ?? event.messageType)),
    words(event.kind, place(event)),
    event.serialNumber && `serial ${event.serialNumber}`,
    reason(event),
    event.authorisation && `by ${text(event.authorisation)}`,
    ...microsoft(event),
    dim(words(...wire(event))),
    event.transactionID && dim(`transaction ${short(event.transactionID, 16)}`),
    event.client && dim(`from ${text(event.client)}`),
    dim(duration(event)),
  );
}

function httpLine(event) {
  const paint = event.status >= 500 ? red : event.status >= 400 ? yellow : dim;
  return words(
    dim(clock(event.at)),
    paint(String(event.status ?? "").padEnd(9)),
    words(event.method, event.path),
    reason(event),
    dim(duration(event)),
  );
}

/** What the public asked for, and of OCSP also what it was told. */
function pkiLine({ event: _event, authority, operation, statuses, outcome, ...rest }) {
  const path = `/pki/${short(authority ?? "?", 13)}/${operation ?? ""}`;
  const told = words(...(statuses ?? []), outcome === "answered" ? undefined : outcome);
  return httpLine({ ...rest, path: words(path, told) });
}

function faultLine(event) {
  const what = event.message ?? event.error ?? event.reason ?? event.detail ?? "a fault";
  return words(
    dim(clock(event.at)),
    red("FAULT".padEnd(9)),
    bold(text(what)),
    event.requestId && dim(`request ${event.requestId}`),
  );
}

/** Events of a kind this program does not know: all of their plain fields. */
function otherLine({ event, at, ...fields }) {
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${text(value)}`);
  return words(dim(clock(at)), String(event).padEnd(9), dim(rest.join(" ")));
}

function place({ tenant, configuration }) {
  if (tenant === undefined && configuration === undefined) return undefined;
  return `${short(tenant ?? "?", 8)}/${configuration ?? "?"}`;
}

function reason({ reason: why, detail }) {
  if (!why && !detail) return undefined;
  return yellow([why, detail].filter(Boolean).map(text).join(": "));
}

/** Each hop with its activity id, which Microsoft's support asks for, and what was wrong with it. */
function microsoft({ intune, intuneCode }) {
  if (!Array.isArray(intune)) return [];
  const hops = intune.map(({ hop, httpStatus, activityId, milliseconds, detail }) =>
    [`${hop} ${httpStatus ?? "no answer"}`, detail, `${rounded(milliseconds)} ms`, activityId]
      .filter(Boolean)
      .map(text)
      .join(" "),
  );
  return [intuneCode && yellow(`Microsoft: ${text(intuneCode)}`), dim(`[${hops.join("; ")}]`)];
}

const wire = ({ method, contentEncryption, keyTransport, digest }) => [
  method,
  [contentEncryption, keyTransport, digest].filter(Boolean).map(text).join("/"),
];

/** Steps that took no time are left out: on a deployed Worker clocks stand still between I/O. */
function duration({ milliseconds }) {
  if (milliseconds === undefined || milliseconds === null) return undefined;
  if (typeof milliseconds === "number") return `${rounded(milliseconds)} ms`;
  const { total, ...steps } = milliseconds;
  const shown = Object.entries(steps).filter(([, value]) => value >= 1);
  const list = shown.map(([step, value]) => `${step} ${rounded(value)}`).join(", ");
  return `${rounded(total ?? 0)} ms${list === "" ? "" : ` (${list})`}`;
}

const rounded = (value) => (value < 10 ? Number(value).toFixed(1) : Math.round(value));
const short = (value, length) =>
  String(value).length > length ? `${String(value).slice(0, length)}…` : String(value);

function clock(at) {
  const date = at === undefined ? new Date() : new Date(at);
  return Number.isNaN(date.getTime()) ? "--:--:--" : date.toTimeString().slice(0, 8);
}

const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function words(...parts) {
  return parts.filter((part) => part !== undefined && part !== null && part !== "").join(" ");
}
