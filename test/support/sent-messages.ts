/** What a foreign client put into its pkiMessage, as far as it is not encrypted. For the Node suites only. */
import { type Bytes, context, hex, oids, stringOf, tag } from "./scep-client/index.ts";
import { child, oidText, read } from "./scep-client/der-reader.ts";
import { type Exchange, sentMessage } from "./scep-proxy.ts";

export interface SentMessage {
  readonly messageType: string;
  readonly transactionID: string;
  /** Of the certificate that signed. */
  readonly issuer: Bytes;
  readonly serialNumberHex: string;
}

/** Looks no closer than needed: certmonger's temporary certificate is of version 1. */
export function readSent(exchange: Exchange): SentMessage {
  const signedData = child(child(read(sentMessage(exchange)), 1, context(0)), 0, tag.sequence);
  const signerInfo = child(child(signedData, signedData.children.length - 1, tag.set), 0);
  const identifier = child(signerInfo, 1, tag.sequence);
  const attributes = child(signerInfo, 3, context(0)).children;
  const text = (dotted: string): string => {
    const found = attributes.find((one) => oidText(child(one, 0)) === dotted);
    if (found === undefined) throw new Error(`no attribute ${dotted}`);
    return stringOf(child(child(found, 1, tag.set), 0));
  };
  return {
    messageType: text(oids.messageType),
    transactionID: text(oids.transactionID),
    issuer: child(identifier, 0).raw,
    serialNumberHex: hex(child(identifier, 1, tag.integer).content).replace(/^00(?=.)/, ""),
  };
}
