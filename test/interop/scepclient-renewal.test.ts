/** micromdm's scepclient renews with RenewalReq for the key it has, and polls by sending the same octets again. */
import { describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { addConfiguration, addToken, approveRequestOf } from "../support/demo-api.ts";
import { missing } from "../support/foreign-programs.ts";
import {
  type Outcome,
  run,
  type TemporaryFolder,
  temporaryFolder,
} from "../support/foreign-run.ts";
import { expectAccepted, fetchChain } from "../support/foreign-verification.ts";
import { demoConfiguration } from "../support/local-server.ts";
import { lastPkiOperation, sentMessage, startScepProxy } from "../support/scep-proxy.ts";
import { readSent } from "../support/sent-messages.ts";

describe.skipIf(missing("interop/scepclient-renewal", ["scepclient", "openssl", "certtool"]))(
  "scepclient",
  // It waits half a minute before it polls.
  { concurrent: true },
  () => {
    /** Its key, request and certificate lie in one folder; what it finds there it takes up. */
    const enrol = (own: TemporaryFolder, url: string, challenge: string, name: string) => {
      const names = ["-cn", name, "-organization", "Demo", "-ou", "", "-country", ""];
      const files = [
        "-private-key",
        own.file("device.key"),
        "-certificate",
        own.file("device.pem"),
      ];
      const server = ["-server-url", url, "-challenge", challenge];
      return run("scepclient", [...server, ...names, ...files], { cwd: own.path });
    };

    for (const getOnly of [false, true]) {
      const method = getOnly ? "GET" : "POST";
      it(`renews with RenewalReq and the same key on "legacy" by ${method}`, async () => {
        const { url, challenge = "" } = demoConfiguration("legacy");
        const own = temporaryFolder("scepclient-device");
        const proxy = await startScepProxy(url, { getOnly });
        try {
          const name = `sc-renewing-${method.toLowerCase()}`;
          const chain = await fetchChain(url, own);
          expect((await enrol(own, proxy.url, challenge, name)).said).toContain("SUCCESS");
          const old = await expectAccepted(chain, own.file("device.pem"), own);
          const key = readFileSync(own.file("device.key"), "utf8");
          const { transactionID } = readSent(lastPkiOperation(proxy));

          expect((await enrol(own, proxy.url, challenge, name)).said).toContain("SUCCESS");
          expect(lastPkiOperation(proxy).method).toBe(method);
          const sent = readSent(lastPkiOperation(proxy));
          expect([sent.messageType, sent.transactionID]).toEqual(["17", transactionID]);
          expect([sent.issuer, sent.serialNumberHex]).toEqual([old.issuer, old.serialNumberHex]);
          const renewed = await expectAccepted(chain, own.file("device.pem"), own);
          expect(renewed.serialNumberHex).not.toBe(old.serialNumberHex);
          expect(renewed.spki).toEqual(old.spki);
          expect(readFileSync(own.file("device.key"), "utf8")).toBe(key);
        } finally {
          await proxy.stop();
          own.remove();
        }
      });
    }

    it("polls by sending the same octets again, and gets its certificate once it is approved", async () => {
      const wishes = { preset: "legacy", requiresApproval: true };
      const { url, name: configuration } = await addConfiguration("legacy", "sc-approval", wishes);
      const challenge = await addToken(configuration);
      const own = temporaryFolder("scepclient-device");
      const proxy = await startScepProxy(url);
      try {
        const [{ said }]: [Outcome, void] = await Promise.all([
          enrol(own, proxy.url, challenge, "sc-waiting"),
          approveRequestOf("sc-waiting"),
        ]);
        expect(said).toContain("PENDING");
        expect(said).toContain("SUCCESS");
        const asked = proxy.exchanges.filter(({ operation }) => operation === "PKIOperation");
        expect(asked.length).toBeGreaterThan(1);
        const [first] = asked;
        for (const one of asked) expect(first && sentMessage(one)).toEqual(sentMessage(first!));
        const chain = await fetchChain(url, own);
        const issued = await expectAccepted(chain, own.file("device.pem"), own);
        expect(issued.subjectText).toEqual(["O=Demo", "CN=sc-waiting"]);
      } finally {
        await proxy.stop();
        own.remove();
      }
    });
  },
);
