/** The enrolment of a configuration's test: the client's side of one PKIOperation. */
import { DecodeError } from "../pki/decode-error.ts";
import type { ContentEncryptionName, DigestName } from "../pki/algorithms.ts";
import type { Certificate } from "../pki/certificate.ts";
import { encode, sequence } from "../pki/der-writer.ts";
import { subjectAltNameExtension } from "../pki/extensions.ts";
import { encodeGeneralName } from "../pki/general-name.ts";
import type { WireSettings } from "../ports/scep-configuration-store.ts";
import { type ClientReply, readCertRep } from "../scep/client-reply.ts";
import { buildPkcsReq, createScepClient } from "../scep/client-request.ts";
import type { Needs } from "./dependencies.ts";
import type { TestNames } from "./test-token.ts";

interface EnrolmentSetting {
  readonly url: string;
  /** What GetCACaps said. */
  readonly keywords: readonly string[];
  readonly agent: Certificate;
  readonly names: TestNames;
  readonly challengePassword: string;
}

export interface TestEnrolment {
  readonly transactionID: string;
  readonly reply?: ClientReply;
  readonly detail: string;
  /** Why there is no reply that a client could take. */
  readonly problem?: string;
}

export async function testEnrolment(
  { scepExchange, clock }: Needs<"scepExchange" | "clock">,
  wire: WireSettings,
  { url, keywords, agent, names, challengePassword }: EnrolmentSetting,
): Promise<TestEnrolment> {
  const { subjectDer, subjectAltNames } = names;
  const client = await createScepClient(names.keyBits, subjectDer, clock.now());
  const contentEncryption = cipherOf(keywords, wire);
  const digest = digestOf(keywords);
  const sent = await buildPkcsReq(client, {
    subjectDer,
    extensions:
      subjectAltNames.length > 0
        ? [
            subjectAltNameExtension(
              encode(sequence(...subjectAltNames.map(encodeGeneralName))),
              false,
            ),
          ]
        : [],
    challengePassword,
    recipient: agent,
    contentEncryption,
    digest,
  });
  const { transactionID } = sent;
  const detail = `Encrypted with ${contentEncryption}, signed with ${digest}.`;
  const answer = await scepExchange.send(`${url}?operation=PKIOperation`, sent.message);
  if (answer.status !== 200) {
    const problem = `HTTP ${answer.status}: ${spokenBody(answer.body)}`;
    return { transactionID, detail, problem };
  }
  try {
    return { transactionID, detail, reply: await readCertRep(answer.body, sent, client, agent) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { transactionID, detail, problem: `The answer is not right: ${error.message}.` };
  }
}

/** Of an answer that is for people, as the start of a sentence can have it. */
export const spokenBody = (body: Uint8Array): string =>
  new TextDecoder().decode(body).trim().slice(0, 300);

/** As clients choose: the best that is announced, and where nothing is, what the configuration allows. */
const cipherOf = (keywords: readonly string[], wire: WireSettings): ContentEncryptionName => {
  if (keywords.includes("AES")) return "AES-128-CBC";
  if (keywords.includes("DES3")) return "DES-EDE3-CBC";
  return wire.contentEncryption[0] ?? "AES-128-CBC";
};

const digestOf = (keywords: readonly string[]): Exclude<DigestName, "MD5"> =>
  (["SHA-256", "SHA-512", "SHA-384"] as const).find((name) => keywords.includes(name)) ?? "SHA-1";
