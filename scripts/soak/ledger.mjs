/** The SQLite file of the CA's object, read when nobody writes it any more, held against what was handed out. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Sentence } from "../terminal.mjs";

/** @returns how many had died between being written down and being signed, and were settled by the next start */
export function compareWithLedger(folder, { authority, token }, answers) {
  const ledger = openLedger(folder, authority);
  try {
    const rows = ledger
      .prepare(
        "SELECT transaction_id, serial, status, tbs, signature FROM certificates WHERE purpose = 'end-entity'",
      )
      .all();
    const byTransaction = new Map(rows.map((row) => [row.transaction_id, row]));
    must(rows.length === byTransaction.size, "A transaction has two rows.");
    for (const [transactionID, certificate] of answers.entries()) {
      const row = byTransaction.get(transactionID);
      must(row !== undefined, `${transactionID} was answered SUCCESS and is missing.`);
      must(
        row.status === "issued",
        `${transactionID} was answered SUCCESS and stands as "${String(row.status)}".`,
      );
      must(
        Buffer.from(row.tbs).equals(certificate.tbs) &&
          Buffer.from(row.signature).equals(certificate.signature),
        `${transactionID} has other octets than were handed out.`,
      );
    }
    must(
      rows.length === answers.size,
      `${rows.length - answers.size} certificates exist that nobody was given, though every request was asked again.`,
    );
    const { uses } = ledger.prepare("SELECT uses FROM tokens WHERE id = ?").get(token);
    must(
      uses === answers.size,
      `The token was spent ${uses} times for ${answers.size} certificates.`,
    );
    const { settled } = ledger
      .prepare("SELECT count(*) AS settled FROM journal WHERE event = 'abandoned'")
      .get();
    return settled;
  } finally {
    ledger.close();
  }
}

/** Every certificate of the fleet's CA was validated; those that were handed out, and no others, are marked so. */
export function compareFleetWithLedger(folder, { authority, delivered, validated }) {
  const ledger = openLedger(folder, authority);
  try {
    const rows = ledger
      .prepare(
        `SELECT transaction_id, c.serial, delivery, reason FROM certificates c
         LEFT JOIN revocations r ON r.serial = c.serial WHERE purpose = 'end-entity'`,
      )
      .all();
    for (const { transaction_id: id, serial, delivery, reason } of rows) {
      const transactionID = String(id);
      must(validated.has(transactionID), `${transactionID} was issued without validation.`);
      const handedOut = delivered.get(transactionID)?.serialNumberHex === serial;
      must(
        handedOut === (delivery === "delivered"),
        `${transactionID} stands as "${String(delivery)}" and was ${handedOut ? "" : "not "}handed out.`,
      );
      must(
        delivery !== "refused" || reason === "cessationOfOperation",
        `${transactionID} was refused at its notification and is not revoked.`,
      );
    }
    const handedOut = rows.filter(({ delivery }) => delivery === "delivered").length;
    must(handedOut === delivered.size, `${delivered.size} were handed out, ${handedOut} stand so.`);
  } finally {
    ledger.close();
  }
}

function openLedger(folder, authority) {
  const objects = join(folder, "v3");
  const files = readdirSync(objects, { recursive: true }).filter((name) =>
    name.endsWith(".sqlite"),
  );
  for (const file of files) {
    const database = new DatabaseSync(join(objects, file));
    if (isLedgerOf(database, authority)) return database;
    database.close();
  }
  throw new Sentence(`No file below ${objects} belongs to the CA ${authority}.`);
}

function isLedgerOf(database, authority) {
  const [table] = database.prepare("SELECT name FROM sqlite_schema WHERE name = 'authority'").all();
  return (
    table !== undefined && database.prepare("SELECT id FROM authority").get()?.id === authority
  );
}

function must(holds, sentence) {
  if (!holds) throw new Sentence(sentence);
}
