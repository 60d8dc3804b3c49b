/**
 * An independent SCEP client for tests. It runs in workerd and in plain Node, and shares no code with `src/`,
 * so that a misread RFC on one side shows on the other.
 */
import { verifyCertRep, type CertRep } from "./cert-rep.ts";
import type { Certificate } from "./certificates.ts";
import { oids } from "./oids.ts";
import { buildPkiMessage, type PkiMessage, type PkiMessagePlan } from "./pki-message.ts";
import { answerOf, type Fetch, getCACert, postPkiOperation } from "./transport.ts";
import { usagesOf } from "./names.ts";

export * from "./algorithms.ts";
export * from "./cert-rep.ts";
export * from "./certificate-list.ts";
export * from "./certificates.ts";
export * from "./certification-request.ts";
export * from "./der.ts";
export * from "./encoding.ts";
export * from "./enveloped-data.ts";
export * from "./keys.ts";
export * from "./names.ts";
export * from "./oids.ts";
export * from "./pki-message.ts";
export * from "./signed-data.ts";
export * from "./signed-data-reader.ts";
export * from "./transport.ts";

/** The certificate that opens envelopes, chosen as certmonger and Apple choose it. */
export function findAgent(certificates: readonly Certificate[]): Certificate {
  const agent = certificates.find((one) => {
    const usage = one.extensions.get(oids.keyUsage);
    const usages = usage === undefined ? [] : usagesOf(usage.value);
    return usages.includes("digitalSignature") && usages.includes("keyEncipherment");
  });
  if (agent === undefined)
    throw new Error("no certificate with digitalSignature and keyEncipherment");
  return agent;
}

export class ScepClient {
  readonly fetch: Fetch;
  readonly url: string;
  #chain: readonly Certificate[] | undefined;

  constructor(fetch: Fetch, url: string) {
    this.fetch = fetch;
    this.url = url;
  }

  async chain(): Promise<readonly Certificate[]> {
    this.#chain ??= await getCACert(this.fetch, this.url);
    return this.#chain;
  }

  async agent(): Promise<Certificate> {
    return findAgent(await this.chain());
  }

  async build(
    plan: Omit<PkiMessagePlan, "recipient"> & Partial<Pick<PkiMessagePlan, "recipient">>,
  ): Promise<PkiMessage> {
    return buildPkiMessage({ recipient: plan.recipient ?? (await this.agent()), ...plan });
  }

  /** Sends by POST and verifies the answer; throws when it is not a CertRep. */
  async send(
    message: PkiMessage,
    request = postPkiOperation(this.url, message.der),
  ): Promise<CertRep> {
    const answer = await answerOf(await this.fetch(request));
    if (answer.status !== 200 || answer.contentType !== "application/x-pki-message") {
      throw new Error(
        `${answer.status} ${answer.contentType}: ${Buffer.from(answer.body).toString().slice(0, 200)}`,
      );
    }
    return verifyCertRep(answer.body, message, await this.agent());
  }

  async enrol(plan: Omit<PkiMessagePlan, "recipient">): Promise<CertRep> {
    return await this.send(await this.build(plan));
  }
}
