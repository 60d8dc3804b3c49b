/**
 * The inventory: an index of the ledger, written behind it by a job, so that issuing pays nothing for it. What happens to a
 * certificate after it was indexed follows by triggers, and so do the counts. An entry of the migrations: never changed.
 */
export const inventoryTables = `
  -- One row for each certificate up to progress. state: that of certificates, or revoked, or on-hold.
  CREATE TABLE inventory (
    id INTEGER PRIMARY KEY,
    configuration_id TEXT NOT NULL,
    token_id TEXT,
    state TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    revoked_at INTEGER,
    -- Subject and subjectAltNames in lower case: what a search for a part looks into.
    names TEXT NOT NULL
  );
  CREATE INDEX inventory_by_configuration ON inventory (configuration_id);
  CREATE INDEX inventory_by_state ON inventory (configuration_id, state);
  CREATE INDEX inventory_by_end ON inventory (configuration_id, not_after);
  CREATE INDEX inventory_by_token ON inventory (token_id) WHERE token_id IS NOT NULL;
  CREATE INDEX inventory_by_time ON inventory (recorded_at);
  -- Trigrams only tell which rows may match; names is looked at for whether they do.
  CREATE VIRTUAL TABLE inventory_names USING fts5 (names, content = '', columnsize = 0, detail = none, tokenize = 'trigram');
  -- A configuration's number is a trigram of its own in inventory_names: a shared CA's tenants do not search each other's.
  CREATE TABLE inventory_configurations (
    number INTEGER PRIMARY KEY,
    configuration_id TEXT NOT NULL UNIQUE
  );
  -- One row. longest_life bounds how far back a certificate that is still valid can have been issued.
  CREATE TABLE inventory_progress (
    indexed_up_to INTEGER NOT NULL,
    longest_life INTEGER NOT NULL
  );
  INSERT INTO inventory_progress VALUES (0, 0);
  CREATE TRIGGER inventory_settled AFTER UPDATE OF status ON certificates WHEN old.status <> 'intended' BEGIN
    UPDATE inventory SET state = new.status WHERE id = new.id AND revoked_at IS NULL;
  END;
  CREATE TRIGGER inventory_revoked AFTER INSERT ON revocations BEGIN
    UPDATE inventory SET revoked_at = new.revoked_at,
      state = CASE new.reason WHEN 'certificateHold' THEN 'on-hold' ELSE 'revoked' END
    WHERE id = (SELECT id FROM certificates WHERE serial = new.serial);
  END;
  CREATE TRIGGER inventory_revocation_changed AFTER UPDATE ON revocations BEGIN
    UPDATE inventory SET revoked_at = CASE WHEN new.released_at IS NULL THEN new.revoked_at END,
      state = CASE WHEN new.released_at IS NOT NULL THEN (SELECT status FROM certificates WHERE serial = new.serial)
        WHEN new.reason = 'certificateHold' THEN 'on-hold' ELSE 'revoked' END
    WHERE id = (SELECT id FROM certificates WHERE serial = new.serial);
  END;
  -- Days since 1970, UTC. expiring: those that end on that day, as far as they are not revoked.
  CREATE TABLE daily_counts (
    configuration_id TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('issued', 'revoked', 'expiring')),
    day INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (configuration_id, what, day)
  ) WITHOUT ROWID;
  CREATE TRIGGER inventory_counted AFTER INSERT ON inventory BEGIN
    INSERT INTO daily_counts SELECT new.configuration_id, 'issued', new.recorded_at / 86400, 1
      WHERE new.state <> 'abandoned' ON CONFLICT DO UPDATE SET count = count + 1;
    INSERT INTO daily_counts SELECT new.configuration_id, 'expiring', new.not_after / 86400, 1
      WHERE new.state = 'issued' ON CONFLICT DO UPDATE SET count = count + 1;
    INSERT INTO daily_counts SELECT new.configuration_id, 'revoked', new.revoked_at / 86400, 1
      WHERE new.state = 'revoked' ON CONFLICT DO UPDATE SET count = count + 1;
  END;
  CREATE TRIGGER inventory_recounted AFTER UPDATE OF state ON inventory WHEN old.state <> new.state BEGIN
    UPDATE daily_counts SET count = count - 1 WHERE configuration_id = old.configuration_id
      AND what = 'issued' AND day = old.recorded_at / 86400 AND old.state <> 'abandoned';
    UPDATE daily_counts SET count = count - 1 WHERE configuration_id = old.configuration_id
      AND what = 'expiring' AND day = old.not_after / 86400 AND old.state = 'issued';
    UPDATE daily_counts SET count = count - 1 WHERE configuration_id = old.configuration_id
      AND what = 'revoked' AND day = old.revoked_at / 86400 AND old.state = 'revoked';
    INSERT INTO daily_counts SELECT new.configuration_id, 'issued', new.recorded_at / 86400, 1
      WHERE new.state <> 'abandoned' ON CONFLICT DO UPDATE SET count = count + 1;
    INSERT INTO daily_counts SELECT new.configuration_id, 'expiring', new.not_after / 86400, 1
      WHERE new.state = 'issued' ON CONFLICT DO UPDATE SET count = count + 1;
    INSERT INTO daily_counts SELECT new.configuration_id, 'revoked', new.revoked_at / 86400, 1
      WHERE new.state = 'revoked' ON CONFLICT DO UPDATE SET count = count + 1;
  END;
  -- For a certificate's story.
  CREATE INDEX journal_by_subject ON journal (subject);
  CREATE INDEX certificates_by_signer ON certificates (signer) WHERE signer NOT IN ('self-signed', 'administration');
  CREATE INDEX enrolment_requests_by_serial ON enrolment_requests (serial) WHERE serial IS NOT NULL;
`;
