/** What was handed out, by transaction. Anything that must not be ends the run with a sentence. */
import { verifyCertRep } from "../../test/support/scep-client/index.ts";
import { Sentence } from "../terminal.mjs";

export class Answers {
  /** transactionID -> the certificate */
  #certificates = new Map();
  #serials = new Map();

  get size() {
    return this.#certificates.size;
  }

  /** @returns {IterableIterator<[string, import("../../test/support/scep-client/certificates.ts").Certificate]>} */
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
    const { certificate } = reply;
    const known = this.#certificates.get(message.transactionID);
    if (known && !Buffer.from(known.der).equals(certificate.der))
      throw new Sentence(
        `${message.transactionID} was given two certificates: ${known.serialNumberHex} and ${certificate.serialNumberHex}.`,
      );
    const holder = this.#serials.get(certificate.serialNumberHex);
    if (holder !== undefined && holder !== message.transactionID)
      throw new Sentence(`Serial number ${certificate.serialNumberHex} is in two certificates.`);
    this.#serials.set(certificate.serialNumberHex, message.transactionID);
    this.#certificates.set(message.transactionID, certificate);
  }
}
