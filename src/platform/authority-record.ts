/** The one row that says which CA an object is. Inserted once: a key is never overwritten. */
import { authorityKeyAlgorithms, type AuthorityKeyAlgorithm } from "../ca/authority-key.ts";
import { parseCertificate } from "../pki/certificate.ts";
import type { ClosedBecause, CreateAuthority } from "../ports/authority-hierarchy.ts";
import { asNumber, asOctets, asText, optional } from "./sql-values.ts";

export type AuthorityRole = "root" | "subordinate";

export interface AuthorityRecord {
  readonly id: string;
  /** Tenant id, or `shared`. */
  readonly tenant: string;
  readonly keyAlgorithm: AuthorityKeyAlgorithm;
  readonly subjectDer: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly wrappedKey: Uint8Array;
  readonly validitySeconds: number;
  /** Opens envelopes and signs replies itself. */
  readonly ownAgent: boolean;
  /** Where its certificates send relying parties; undefined: the deployment's origin. */
  readonly publicationOrigin: string | undefined;
  /** A subordinate never signs its own certificate. */
  readonly role: AuthorityRole;
  /** Wished for its own certificate. */
  readonly pathLength?: number;
  readonly nameConstraintsDer?: Uint8Array;
  readonly certificateDer: Uint8Array | undefined;
  readonly notAfterSeconds: number | undefined;
  /** It signs nothing new any more. */
  readonly closed: ClosedBecause | undefined;
}

export function loadAuthority(sql: SqlStorage): AuthorityRecord | undefined {
  const [row] = sql.exec("SELECT * FROM authority").toArray();
  if (!row) return undefined;
  const keyAlgorithm = authorityKeyAlgorithms.find(
    (algorithm) => algorithm === row["key_algorithm"],
  );
  if (!keyAlgorithm)
    throw new Error("The object's row names a key algorithm that this version does not know.");
  const certificateDer = optional(row["certificate_der"], asOctets);
  const pathLength = optional(row["path_length"], asNumber);
  const nameConstraintsDer = optional(row["name_constraints"], asOctets);
  return {
    id: asText(row["id"]),
    tenant: asText(row["tenant"]),
    keyAlgorithm,
    subjectDer: asOctets(row["subject_der"]),
    subjectPublicKeyInfoDer: asOctets(row["spki_der"]),
    wrappedKey: asOctets(row["wrapped_key"]),
    validitySeconds: asNumber(row["validity_seconds"]),
    ownAgent: asNumber(row["own_agent"]) === 1,
    publicationOrigin: optional(row["publication_origin"], asText),
    role: asText(row["role"]) === "root" ? "root" : "subordinate",
    ...(pathLength !== undefined && { pathLength }),
    ...(nameConstraintsDer && { nameConstraintsDer }),
    closed:
      (optional(row["closed"], asText) as ClosedBecause | undefined) ??
      (row["succeeded_at"] === null ? undefined : "succeeded"),
    certificateDer,
    notAfterSeconds:
      certificateDer && Math.floor(parseCertificate(certificateDer).notAfter.getTime() / 1000),
  };
}

export function insertAuthority(
  sql: SqlStorage,
  request: CreateAuthority,
  role: AuthorityRole,
  subjectPublicKeyInfoDer: Uint8Array,
  wrappedKey: Uint8Array,
): void {
  // Two calls at once: the first row stays, the second key is thrown away.
  sql.exec(
    `INSERT INTO authority (id, tenant, key_algorithm, subject_der, spki_der, wrapped_key, validity_seconds, own_agent, role,
       publication_origin, path_length, name_constraints)
     SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM authority)`,
    request.id,
    request.tenantId ?? "shared",
    request.keyAlgorithm,
    request.subjectDer,
    subjectPublicKeyInfoDer,
    wrappedKey,
    request.validitySeconds,
    request.ownAgent === true ? 1 : 0,
    role,
    request.publicationOrigin ?? null,
    request.pathLength ?? null,
    request.nameConstraintsDer ?? null,
  );
}

/** Once; with it the name as the certificate spells it. */
export function putAuthorityCertificate(
  sql: SqlStorage,
  certificateDer: Uint8Array,
  subjectDer: Uint8Array,
): void {
  sql.exec(
    "UPDATE authority SET certificate_der = ?, subject_der = ? WHERE certificate_der IS NULL",
    certificateDer,
    subjectDer,
  );
}

/** Compare and set: what was wrapped anew goes in only where the same key still stands. */
export const replaceWrappedKey = (sql: SqlStorage, before: Uint8Array, after: Uint8Array): void =>
  void sql.exec("UPDATE authority SET wrapped_key = ? WHERE wrapped_key = ?", after, before);

export const putImportedCrlNumber = (sql: SqlStorage, number: number): void =>
  void sql.exec("UPDATE authority SET imported_crl_number = ?", number);

/** A revocation goes on top of a retirement; nothing is opened again. */
export const closeAuthority = (sql: SqlStorage, because: ClosedBecause): boolean =>
  sql.exec(
    "UPDATE authority SET closed = ? WHERE closed IS NULL OR (closed = 'retired' AND ? = 'revoked')",
    because,
    because,
  ).rowsWritten > 0;

/** False when it was handed over before. */
export const succeedAuthority = (sql: SqlStorage, nowSeconds: number): boolean =>
  sql.exec("UPDATE authority SET succeeded_at = ? WHERE succeeded_at IS NULL", nowSeconds)
    .rowsWritten > 0;
