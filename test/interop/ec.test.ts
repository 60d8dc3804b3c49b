/** An EC client: OpenSSL opens the reply's PasswordRecipientInfo with the challenge, and believes the certificate. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeFileSync } from "node:fs";
import { addConfiguration, addToken, approveRequestOf } from "../support/demo-api.ts";
import { missing } from "../support/foreign-programs.ts";
import { run, runWell, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";
import { type Chain, expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import * as scep from "../support/scep-client/index.ts";

describe.skipIf(missing("interop/ec", ["openssl", "certtool"]))("openssl", () => {
  let folder: TemporaryFolder;
  const rules = { keys: { curves: ["P-256", "P-384"] } };

  beforeAll(() => {
    folder = temporaryFolder("ec");
  });
  afterAll(() => folder.remove());

  const reader = (url: string) =>
    new scep.ScepClient((request: Request): Promise<Response> => fetch(request), url);

  const openArguments = (content: string, password: string, out: string): readonly string[] => [
    ...["cms", "-decrypt", "-inform", "DER", "-binary", "-in", content],
    ...["-pwri_password", password, "-out", out],
  ];

  /** With nothing of ours: the CertRep verified, its envelope opened, the certificate taken out and believed. */
  async function expectOpened(
    reply: scep.SuccessReply,
    challenge: string,
    chain: Chain,
  ): Promise<scep.Certificate> {
    const [content, opened] = [folder.file("content.der"), folder.file("opened.p7")];
    writeFileSync(content, reply.signed.content ?? scep.bytes([]));
    await runWell("openssl", openArguments(content, challenge, opened));
    const print = ["pkcs7", "-inform", "DER", "-in", opened, "-print_certs"];
    const { stdout } = await runWell("openssl", print);
    writeFileSync(folder.file("device.pem"), stdout.slice(stdout.indexOf("-----BEGIN")));
    const wrong = await run("openssl", openArguments(content, `${challenge}x`, opened));
    expect(wrong.code).not.toBe(0);
    return await expectAccepted(chain, folder.file("device.pem"), folder);
  }

  const success = (reply: scep.CertRep): scep.SuccessReply => {
    if (reply.pkiStatus !== "SUCCESS") throw new Error(`expected SUCCESS, got ${reply.pkiStatus}`);
    return reply;
  };

  it.each(["P-256", "P-384"] as const)(
    "cms -decrypt -pwri_password opens the reply to a %s key; the certificate is its",
    async (curve) => {
      const { url, name } = await addConfiguration("devices", `ec-${curve}`, {}, rules);
      const challenge = await addToken(name);
      const chain = await fetchChain(url, folder);
      for (const cipher of ["AES-128-CBC", "AES-256-CBC"] as const) {
        const key = scep.ecKeyPair(curve);
        const request = { key, challenge, subject: scep.name("O=Demo", `CN=ec ${cipher}`) };
        const reply = success(await reader(url).enrol({ request, envelope: { cipher } }));
        const certificate = await expectOpened(reply, challenge, chain);
        expect(certificate.spki).toEqual(key.spki);
      }
    },
  );

  it("opens the answer to a poll after the approval too", async () => {
    const wishes = { requiresApproval: true };
    const { url, name } = await addConfiguration("devices", "ec-approval", wishes, rules);
    const challenge = await addToken(name);
    const chain = await fetchChain(url, folder);
    const key = scep.ecKeyPair();
    const subject = scep.name("O=Demo", "CN=ec-waiting");
    const transactionID = scep.transactionIDOf(key);
    const plan = { request: { key, challenge, subject }, transactionID };
    const client = reader(url);
    expect((await client.enrol(plan)).pkiStatus).toBe("PENDING");
    await approveRequestOf("ec-waiting");
    const payload = scep.sequence(chain.issuer.subject, subject);
    const poll = { ...plan, messageType: scep.messageTypes.CertPoll, payload };
    const certificate = await expectOpened(success(await client.enrol(poll)), challenge, chain);
    expect(certificate.spki).toEqual(key.spki);
  });
});
