/** The SQLite file of a CA's object as the local runtime keeps it, opened while the runtime is stopped. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** @returns {DatabaseSync} which the caller closes */
export function openObjectDatabase(folder, authority) {
  const objects = join(folder, "v3");
  const files = readdirSync(objects, { recursive: true }).filter((name) =>
    name.endsWith(".sqlite"),
  );
  for (const file of files) {
    const database = new DatabaseSync(join(objects, file));
    if (isOf(database, authority)) return database;
    database.close();
  }
  throw new Error(`No file below ${objects} belongs to the CA ${authority}.`);
}

/** Rows written by hand, in a hurry: the measurement begins afterwards. */
export function fillObjectDatabase(folder, authority, fill) {
  const database = openObjectDatabase(folder, authority);
  try {
    database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN");
    fill(database);
    database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

function isOf(database, authority) {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'authority'").get();
  return (
    table !== undefined && database.prepare("SELECT id FROM authority").get()?.id === authority
  );
}
