/** The SQLite file of the CA's object, read when nobody writes it any more, held against what was handed out. */
import {
  algorithm,
  bitString,
  bytes,
  digests,
  sequence,
} from "../../test/support/scep-client/index.ts";
import { openObjectDatabase } from "../bench/object-database.mjs";
import { Sentence } from "../terminal.mjs";
import { fingerprint } from "./answers.mjs";

/** Of the soak's CA, whose key is RSA. */
const signatureAlgorithm = algorithm(digests["SHA-256"].rsa);

/** @returns how many had died between being written down and being signed, and were settled by the next start */
export function compareWithLedger(folder, { authority, token }, answers) {
  const ledger = openObjectDatabase(folder, authority);
  try {
    const rows = ledger
      .prepare(
        "SELECT transaction_id, serial, status, tbs, signature FROM certificates WHERE purpose = 'end-entity'",
      )
      .iterate();
    const seen = new Set();
    let unknown = 0;
    // One by one: all of them together are hundreds of megabytes.
    for (const { transaction_id: id, ...row } of rows) {
      const transactionID = String(id);
      must(!seen.has(transactionID), `The transaction ${transactionID} has two rows.`);
      seen.add(transactionID);
      const answer = answers.of(transactionID);
      if (answer) compare(transactionID, row, answer);
      else unknown++;
    }
    for (const [transactionID] of answers.entries())
      must(seen.has(transactionID), `${transactionID} was answered SUCCESS and is missing.`);
    must(
      unknown === 0,
      `${unknown} certificates exist that nobody was given, though every request was asked again.`,
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
  const ledger = openObjectDatabase(folder, authority);
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

function compare(transactionID, { serial, status, tbs, signature }, answer) {
  must(status === "issued", `${transactionID} was answered SUCCESS and stands as "${status}".`);
  const der = sequence(bytes(tbs), signatureAlgorithm, bitString(bytes(signature)));
  must(
    serial === answer.serialNumberHex && fingerprint(der) === answer.fingerprint,
    `${transactionID} has other octets than were handed out.`,
  );
}

function must(holds, sentence) {
  if (!holds) throw new Sentence(sentence);
}
