/** What was handed out, by transaction. Anything that must not be ends the run with a sentence. */
import { createHash } from "node:crypto";
import { verifyCertRep } from "../../test/support/scep-client/index.ts";
import { Sentence } from "../terminal.mjs";

/** Of the whole certificate: a run has more of them than memory should hold. */
export const fingerprint = (der) => createHash("sha256").update(der).digest("base64");

export class Answers {
  /** transactionID -> { serialNumberHex, fingerprint } */
  #certificates = new Map();
  /** serial number -> transactionID */
  #serials = new Map();

  get size() {
    return this.#certificates.size;
  }

  /** @returns {{ serialNumberHex: string, fingerprint: string } | undefined} */
  of(transactionID) {
    return this.#certificates.get(transactionID);
  }

  /** @returns {IterableIterator<[string, { serialNumberHex: string, fingerprint: string }]>} */
  entries() {
    return this.#certificates.entries();
  }

  /** Opens and verifies an answer as a device would; the same request must have got the same octets before. */
  take(message, { status, body }) {
    if (status !== 200)
      throw new Sentence(
        `${message.transactionID} was answered ${status}: ${body.toString().slice(0, 200)}`,
      );
    const reply = verifyCertRep(body, message);
    if (reply.pkiStatus !== "SUCCESS")
      throw new Sentence(
        `${message.transactionID} was answered ${JSON.stringify(reply.pkiStatus)} ${reply.failInfoText ?? ""}`,
      );
    const { serialNumberHex, der } = reply.certificate;
    const certificate = { serialNumberHex, fingerprint: fingerprint(der) };
    const known = this.#certificates.get(message.transactionID);
    if (known && known.fingerprint !== certificate.fingerprint)
      throw new Sentence(
        `${message.transactionID} was given two certificates: ${known.serialNumberHex} and ${serialNumberHex}.`,
      );
    const holder = this.#serials.get(serialNumberHex);
    if (holder !== undefined && holder !== message.transactionID)
      throw new Sentence(`Serial number ${serialNumberHex} is in two certificates.`);
    this.#serials.set(serialNumberHex, message.transactionID);
    this.#certificates.set(message.transactionID, certificate);
  }
}
