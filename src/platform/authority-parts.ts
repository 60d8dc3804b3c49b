/** What the object of a CA is put together from, over its one SQLite. */
import type { Environment } from "../env.ts";
import { Alarms } from "./alarms.ts";
import { AuthorityIdentity } from "./authority-identity.ts";
import { CertificateLedger } from "./certificate-ledger.ts";
import { Deliveries } from "./deliveries.ts";
import { DeliveryLedger } from "./delivery-ledger.ts";
import { EnrolmentRequestLedger } from "./enrolment-request-ledger.ts";
import { EnrolmentTransactions } from "./enrolment-transactions.ts";
import { ExpiryNotices } from "./expiry-notices.ts";
import { Hierarchy } from "./hierarchy.ts";
import { Inventory } from "./inventory.ts";
import { Issuing } from "./issuing.ts";
import { KeyTrouble } from "./key-trouble.ts";
import { KeyUpkeep } from "./key-upkeep.ts";
import { createKeyWrapping } from "./key-wrapping.ts";
import { migrateLedger } from "./ledger-schema.ts";
import { Notices } from "./notices.ts";
import { Outbox } from "./outbox.ts";
import { OwnAgent } from "./own-agent.ts";
import { RevocationList } from "./revocation-list.ts";
import { Revocations } from "./revocations.ts";
import { Succession } from "./succession.ts";
import { TokenLedger } from "./token-ledger.ts";

export type AuthorityParts = ReturnType<typeof assembleAuthority>;

/** Brings the tables up to date first. */
export function assembleAuthority(
  storage: DurableObjectStorage,
  { masterKeys, publicHttpOrigin }: Pick<Environment, "masterKeys" | "publicHttpOrigin">,
) {
  migrateLedger(storage);
  const { sql } = storage;
  const ledger = new CertificateLedger(sql);
  const tokens = new TokenLedger(sql);
  const requests = new EnrolmentRequestLedger(sql);
  const outbox = new Outbox(sql);
  const notices = new Notices(storage, outbox);
  const keyWrapping = createKeyWrapping(masterKeys);
  const identity = new AuthorityIdentity(
    sql,
    keyWrapping,
    publicHttpOrigin,
    new KeyTrouble(storage, outbox),
  );
  const issuing = new Issuing(storage, ledger, identity);
  const revocations = new Revocations(storage, ledger, outbox);
  const hierarchy = new Hierarchy(storage, ledger, identity, issuing, revocations);
  const transactions = new EnrolmentTransactions(ledger, tokens, requests, issuing, revocations);
  const succession = new Succession(storage, ledger, identity, outbox);
  const revocationList = new RevocationList(storage, identity, notices);
  const ownAgent = new OwnAgent(identity);
  const deliveries = new Deliveries(
    storage,
    ledger,
    new DeliveryLedger(sql),
    transactions,
    issuing,
    revocations,
    outbox,
  );
  const keys = new KeyUpkeep(sql, identity, keyWrapping);
  const inventory = new Inventory(storage, ledger);
  const alarms = new Alarms(storage, () => identity.id, [
    keys,
    deliveries.giveUp,
    inventory.index,
    revocationList,
    new ExpiryNotices(sql, identity, notices),
  ]);
  return {
    ...{ storage, ledger, tokens, requests, identity, issuing, hierarchy, transactions },
    ...{ revocations, succession, deliveries, revocationList, ownAgent, outbox, keys, inventory },
    alarms,
  };
}
