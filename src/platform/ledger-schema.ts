/** The tables of a CA's object. Changes are only added, each as one more entry; an entry never changes. */

import { inventoryTables } from "./inventory-schema.ts";

const migrations: readonly string[] = [
  `
  -- One row: the CA itself. Inserted once, never overwritten; the certificate is put in later for a subordinate.
  CREATE TABLE authority (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    key_algorithm TEXT NOT NULL,
    subject_der BLOB NOT NULL,
    spki_der BLOB NOT NULL,
    wrapped_key BLOB NOT NULL,
    validity_seconds INTEGER NOT NULL,
    own_agent INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('root', 'subordinate')),
    certificate_der BLOB
  );
  -- Every certificate that may exist. signature is NULL until it was made.
  CREATE TABLE certificates (
    id INTEGER PRIMARY KEY,
    serial TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('intended', 'issued', 'abandoned')),
    purpose TEXT NOT NULL,
    configuration_id TEXT,
    transaction_id TEXT,
    request_digest TEXT NOT NULL,
    requester_key_digest TEXT NOT NULL,
    signer TEXT NOT NULL,
    authorisation TEXT NOT NULL,
    token_id TEXT,
    template_id TEXT,
    template_version INTEGER,
    subject TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    issued_at INTEGER,
    tbs BLOB NOT NULL,
    signature BLOB
  );
  CREATE INDEX certificates_by_transaction ON certificates (configuration_id, transaction_id);
  CREATE INDEX certificates_by_key ON certificates (request_digest) WHERE transaction_id IS NULL;
  CREATE INDEX certificates_unfinished ON certificates (status) WHERE status <> 'issued';
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    uses INTEGER NOT NULL DEFAULT 0,
    revoked_at INTEGER
  );
  -- Requests that wait for a person. request is the whole of what will be issued, as JSON.
  CREATE TABLE enrolment_requests (
    id TEXT NOT NULL UNIQUE,
    configuration_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    requester_key_digest TEXT NOT NULL,
    signer TEXT NOT NULL,
    subject TEXT NOT NULL,
    request TEXT NOT NULL,
    wrapped_reply_key BLOB,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'issued')),
    requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by TEXT,
    decision_reason TEXT,
    serial TEXT
  );
  CREATE INDEX enrolment_requests_by_transaction ON enrolment_requests (configuration_id, transaction_id);
  CREATE INDEX enrolment_requests_pending ON enrolment_requests (configuration_id, expires_at) WHERE status = 'pending';
  CREATE INDEX enrolment_requests_by_end ON enrolment_requests (expires_at);
  -- The certificate revocation list that is served; its number only grows.
  CREATE TABLE revocation_list (
    number INTEGER PRIMARY KEY,
    this_update INTEGER NOT NULL,
    next_update INTEGER NOT NULL,
    der BLOB NOT NULL
  );
  -- The CA that will take this one's place, as the body of a GetNextCACert answer.
  CREATE TABLE successor (
    body BLOB NOT NULL
  );
  -- What happened, besides issuing: that is told by recorded_at and issued_at. Only ever added to.
  CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    subject TEXT NOT NULL
  );
  `,
  `
  -- What others must hear of, until they have. AUTOINCREMENT: an id is never used again.
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL
  );
  `,
  `
  -- Where the CA's certificates send relying parties; NULL: the deployment's own origin.
  ALTER TABLE authority ADD COLUMN publication_origin TEXT;
  `,
  `
  -- What is revoked, or was on hold once. Never deleted from; each change takes the next revision. not_after is the
  -- certificate's, so that the list is made from this table alone; NULL: taken over from another CA, which did not say.
  CREATE TABLE revocations (
    serial TEXT PRIMARY KEY,
    revoked_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    not_after INTEGER,
    revision INTEGER NOT NULL UNIQUE,
    released_at INTEGER
  ) WITHOUT ROWID;
  -- JSON: by whom and why.
  ALTER TABLE journal ADD COLUMN details TEXT;
  `,
  `
  -- What the CA's own certificate says about those below it, and why the CA signs nothing new any more.
  ALTER TABLE authority ADD COLUMN path_length INTEGER;
  ALTER TABLE authority ADD COLUMN name_constraints BLOB;
  ALTER TABLE authority ADD COLUMN closed TEXT CHECK (closed IN ('retired', 'revoked'));
  `,
  `
  -- Of a certificate that somebody outside must agree to before it leaves; NULL: nobody is asked.
  ALTER TABLE certificates ADD COLUMN delivery TEXT
    CHECK (delivery IN ('undelivered', 'delivered', 'refused', 'given-up'));
  -- SHA-256 of the PKCS #10 as it was validated.
  ALTER TABLE certificates ADD COLUMN validated_digest TEXT;
  -- When an undelivered one is given up and revoked.
  ALTER TABLE certificates ADD COLUMN undelivered_until INTEGER;
  CREATE INDEX certificates_undelivered ON certificates (undelivered_until) WHERE delivery = 'undelivered';
  -- Who works on a request that somebody outside validates. until: seconds since 1970.
  CREATE TABLE leases (
    request TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX leases_by_end ON leases (until);
  `,
  `
  -- The number of the last CRL that an imported CA has signed elsewhere.
  ALTER TABLE authority ADD COLUMN imported_crl_number INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- One row while the CA's key does not open; it has been told.
  CREATE TABLE key_trouble (
    version INTEGER NOT NULL,
    since INTEGER NOT NULL
  );
  CREATE INDEX enrolment_requests_with_key ON enrolment_requests (id) WHERE wrapped_reply_key IS NOT NULL;
  `,
  inventoryTables,
  `
  -- The head of the CRL that is served, one row; its octets are in chunks, because a row holds 2 MB. It has in it what was
  -- revoked up to the revision. The table before it goes: a version that only knows that one must not publish lower numbers.
  CREATE TABLE crl (
    number INTEGER PRIMARY KEY,
    made_at INTEGER NOT NULL,
    this_update INTEGER NOT NULL,
    next_update INTEGER NOT NULL,
    revision INTEGER NOT NULL
  );
  CREATE TABLE crl_chunks (
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    octets BLOB NOT NULL,
    PRIMARY KEY (number, position)
  );
  INSERT INTO crl SELECT number, this_update, this_update - 300, next_update, 0 FROM revocation_list;
  INSERT INTO crl_chunks SELECT number, 0, der FROM revocation_list;
  DROP TABLE revocation_list;
  -- When it was revoked, put on hold or released last.
  ALTER TABLE revocations ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
  -- Notices that were given, so that none is given twice.
  CREATE TABLE notices (
    event TEXT NOT NULL,
    subject TEXT NOT NULL,
    threshold TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (event, subject, threshold)
  ) WITHOUT ROWID;
  CREATE INDEX certificates_of_our_keys ON certificates (purpose, configuration_id, not_after) WHERE purpose <> 'end-entity';
  `,
  `
  -- When another CA took this one's place.
  ALTER TABLE authority ADD COLUMN succeeded_at INTEGER;
  `,
];

/** Runs in the constructor, before the object takes its first call. */
export function migrateLedger(storage: DurableObjectStorage): void {
  storage.transactionSync(() => {
    storage.sql.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
    const version = Number(
      storage.sql.exec("SELECT max(version) AS version FROM schema_version").one()["version"] ?? 0,
    );
    for (const [index, statements] of migrations.entries()) {
      if (index < version) continue;
      storage.sql.exec(statements);
      storage.sql.exec("INSERT INTO schema_version (version) VALUES (?)", index + 1);
    }
  });
}
