/** Many certificates in a CA's object, copied from one it has issued, by SQL: issuing them would take too long. */
import { inObject, rowsOf, stubOf } from "./authorities.ts";

/** `CN=device-<n>,O=Full` through the configuration, one a minute up to now; one day's worth ends each day. */
export const fillInventory = (id: string, count: number, configurationId = "full"): Promise<void> =>
  inObject(id, (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
       INSERT INTO certificates (serial, status, purpose, configuration_id, transaction_id, request_digest,
         requester_key_digest, signer, authorisation, token_id, template_id, template_version, subject, not_before,
         not_after, recorded_at, issued_at, tbs, signature)
       SELECT lower(hex(randomblob(16))), 'issued', 'end-entity', ?, hex(randomblob(16)), hex(randomblob(32)),
         requester_key_digest, 'self-signed', authorisation, token_id, template_id, template_version,
         'CN=device-' || n || ',O=Full', not_before, recorded_at + 31536000 - (? - n) * 60, recorded_at - (? - n) * 60,
         issued_at, tbs, signature
       FROM numbers, (SELECT * FROM certificates WHERE purpose = 'end-entity' ORDER BY id LIMIT 1)`,
      count,
      configurationId,
      count,
      count,
    );
  });

/** Wakes the object until there is nothing left to index. */
export async function indexInventory(id: string): Promise<void> {
  for (;;) {
    await stubOf(id).wake();
    const [row] = await rowsOf(
      id,
      "SELECT (SELECT max(id) FROM certificates) - indexed_up_to AS left FROM inventory_progress",
    );
    if (row?.["left"] === 0) return;
  }
}
