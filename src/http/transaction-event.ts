/** From an answered PKIOperation to its entry in the transaction's timeline. Bounded: strangers write parts of it. */
import { createId } from "../administration/identifier.ts";
import type { PkiOperationAnswer } from "../enrolment/pki-operation.ts";
import { formatDistinguishedName } from "../pki/distinguished-name.ts";
import type { ScepConfiguration } from "../ports/scep-configuration-store.ts";
import type { TransactionEvent } from "../ports/transaction-log.ts";

const longestSubject = 1000;
const longestName = 255;
const mostNames = 20;

/** @param line the request's log line so far */
export function transactionEvent(
  { report, names }: PkiOperationAnswer,
  { tenantId, id: configurationId }: ScepConfiguration,
  line: Readonly<Record<string, unknown>>,
  at: Date,
): TransactionEvent {
  const {
    transactionID = "",
    outcome = "answered",
    reason,
    detail,
    serialNumber,
    ...rest
  } = report;
  const { intune, intuneCode, ...more } = rest;
  const { requestId, client, method } = line;
  return {
    id: createId(at),
    tenantId,
    configurationId,
    at,
    transactionID,
    outcome,
    ...(reason !== undefined && { reason }),
    ...(detail !== undefined && { detail }),
    ...(names && {
      subject: formatDistinguishedName(names.subject).slice(0, longestSubject),
      subjectAltNames: names.subjectAltNames
        .slice(0, mostNames)
        .map(({ type, value }) => ({ type, value: value.slice(0, longestName) })),
    }),
    ...(serialNumber !== undefined && { serialNumberHex: serialNumber }),
    ...(intuneCode !== undefined && { intuneCode }),
    ...(intune && { intuneCalls: intune }),
    more: { requestId, client, method, ...more },
  };
}
