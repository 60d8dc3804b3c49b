/** A real mail server (smtp-server) takes what the Worker sends from a real workerd: TLS, STARTTLS, passwords, refusals. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { Miniflare } from "miniflare";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { missing } from "../support/foreign-programs.ts";
import { runWell, type TemporaryFolder, temporaryFolder } from "../support/foreign-run.ts";

interface Received {
  readonly from: string;
  readonly to: string[];
  readonly data: string;
  readonly secure: boolean;
  readonly user?: string;
}

const mail = {
  id: "0190a-id",
  to: "Receiver@example.test",
  subject: "Grüße: your SCEP challenge is ready, and this subject is long enough for two words",
  text: "First line\n.hidden dot\n..\nä€😀\nhttps://scep.example.test/redeem/abc\n",
  html: "<p>ä€😀</p>",
};
const credentials = { user: "scep", password: "p\u00e4ss w\u00f6rd" };

describe.skipIf(missing("interop/mail", ["openssl"]))("SMTP", () => {
  let folder: TemporaryFolder;
  let miniflare: Miniflare;
  let received: Received[] = [];
  const servers: { close: (done: () => void) => void }[] = [];

  beforeAll(async () => {
    folder = temporaryFolder("mail");
    const [key, certificate] = [folder.file("key.pem"), folder.file("certificate.pem")];
    await runWell("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost"],
      ...["-addext", "subjectAltName=DNS:localhost"],
    ]);
    // Read when the module is loaded: workerd trusts this certificate as if a public CA had signed it.
    process.env.NODE_EXTRA_CA_CERTS = certificate;
    const { Miniflare: Runtime } = await import("miniflare");
    const script = folder.file("worker.js");
    execFileSync("node_modules/.bin/esbuild", [
      ...["test/support/smtp-worker.ts", "--bundle", "--format=esm", `--outfile=${script}`],
      ...["--external:cloudflare:*", "--log-level=error"],
    ]);
    const contents = readFileSync(script, "utf8");
    miniflare = new Runtime({
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          config: {
            name: "smtp",
            compatibilityDate: "2026-10-01",
            manifest: {
              mainModule: "index.js",
              modules: { "index.js": { type: "esm", contents } },
            },
          },
          dev: { rootPath: folder.path },
        },
      ],
    });
    await miniflare.ready;
  });
  afterEach(async () => {
    received = [];
    for (const server of servers.splice(0))
      await new Promise<void>((done) => server.close(() => done()));
  });
  afterAll(async () => {
    await miniflare.dispose();
    folder.remove();
  });

  const listen = (options: SMTPServerOptions = {}): Promise<number> =>
    new Promise((resolve) => {
      const server = new SMTPServer({
        key: readFileSync(folder.file("key.pem")),
        cert: readFileSync(folder.file("certificate.pem")),
        onAuth({ username, password }, _session, answer) {
          if (username !== credentials.user || password !== credentials.password)
            return answer(new Error("Wrong"));
          return answer(null, { user: username });
        },
        onData(stream, session, answer) {
          const chunks: Buffer[] = [];
          stream.on("data", (chunk: Buffer) => chunks.push(chunk));
          stream.on("end", () => {
            const { mailFrom, rcptTo } = session.envelope;
            received.push({
              from: mailFrom === false ? "" : mailFrom.address,
              to: rcptTo.map(({ address }) => address),
              data: Buffer.concat(chunks).toString("latin1"),
              secure: session.secure,
              ...(typeof session.user === "string" && { user: session.user }),
            });
            answer();
          });
        },
        ...options,
      });
      servers.push(server);
      // A client that hangs up is what some of these tests are about.
      server.on("error", () => undefined);
      server.listen(0, "127.0.0.1", () => resolve((server.server.address() as AddressInfo).port));
    });

  async function send(port: number, settings: object, more: object = {}) {
    const response = await miniflare.dispatchFetch("http://smtp.test/", {
      method: "POST",
      body: JSON.stringify({
        settings: { host: "localhost", port, ...settings },
        from: "Édge SCEP <scep@example.test>",
        mail: { ...mail, ...more },
      }),
    });
    return (await response.json()) as
      | { ok: true }
      | { ok: false; error: { permanent: boolean; reason: string } };
  }

  /** The parts of a multipart/alternative, decoded by nothing of ours. */
  function parts(data: string): string[] {
    const boundary = /boundary="([^"]+)"/.exec(data)?.[1] ?? "";
    return data
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((part) => Buffer.from(part.slice(part.indexOf("\r\n\r\n")), "base64").toString("utf8"));
  }

  for (const { security, options } of [
    { security: "starttls", options: {} },
    { security: "tls", options: { secure: true } },
  ]) {
    it(`brings both forms of a mail over ${security}, with a password`, async () => {
      const port = await listen(options);
      expect(await send(port, { security, ...credentials })).toEqual({ ok: true });
      const [one] = received;
      expect(received).toHaveLength(1);
      expect(one).toMatchObject({
        from: "scep@example.test",
        to: ["Receiver@example.test"],
        secure: true,
        user: credentials.user,
      });
      const data = one?.data ?? "";
      expect(parts(data)).toEqual([mail.text.replaceAll("\n", "\r\n"), mail.html]);
      expect(data).toContain("Message-ID: <0190a-id@example.test>\r\n");
      expect(data).toMatch(/^Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000\r$/m);
      // RFC 2047: lines of 78, words of 75 characters, none cut within a character.
      const head = data.slice(0, data.indexOf("\r\n\r\n"));
      expect(Math.max(...head.split("\r\n").map((line) => line.length))).toBeLessThan(79);
      const subject = /^Subject: ((?:.|\r\n )*)$/m.exec(head)?.[1] ?? "";
      const words = [...subject.matchAll(/=\?UTF-8\?B\?([^?]+)\?=/g)];
      expect(words.map(([, word = ""]) => Buffer.from(word, "base64").toString()).join("")).toBe(
        mail.subject,
      );
    });
  }

  it("a server without STARTTLS gets neither password nor mail", async () => {
    const port = await listen({ hideSTARTTLS: true, allowInsecureAuth: true });
    const outcome = await send(port, { security: "starttls", ...credentials });
    expect(outcome).toMatchObject({ ok: false, error: { permanent: false } });
    expect(received).toHaveLength(0);
  });

  it("a certificate for another name is refused before anything is said", async () => {
    const port = await listen({ secure: true });
    const outcome = await send(port, { host: "127.0.0.1", security: "tls", ...credentials });
    expect(outcome).toMatchObject({ ok: false, error: { permanent: false } });
    expect(received).toHaveLength(0);
  });

  it("a wrong password is put right one day; an unknown receiver never comes to be", async () => {
    const port = await listen({
      onRcptTo({ address }, _session, answer) {
        const unknown = Object.assign(new Error("No such user"), { responseCode: 550 });
        answer(address.startsWith("nobody") ? unknown : null);
      },
    });
    const wrong = await send(port, { security: "starttls", user: "scep", password: "wrong" });
    expect(wrong).toMatchObject({ ok: false, error: { permanent: false } });
    expect(wrong).toMatchObject({ error: { reason: "The mail server did not take it." } });
    expect(JSON.stringify(wrong)).not.toContain("wrong");
    const settings = { security: "starttls", ...credentials };
    const nobody = await send(port, settings, { to: "nobody@example.test" });
    expect(nobody).toMatchObject({ ok: false, error: { permanent: true } });
    expect(JSON.stringify(nobody)).toContain("550");
  });

  it("a server that hangs up, and one that is none, are failures and no endless loops", async () => {
    for (const greeting of ["", "220 half a greet", "HTTP/1.1 400 Bad Request\r\n\r\n"]) {
      const server = createServer((socket) => socket.end(greeting));
      servers.push(server);
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
      const { port } = server.address() as AddressInfo;
      const outcome = await send(port, { security: "none" });
      expect(outcome).toMatchObject({ ok: false, error: { permanent: false } });
    }
  });

  it("an address with a line break reaches no server", async () => {
    const port = await listen({ authOptional: true });
    const to = "a@example.test>\r\nRCPT TO:<b@example.test";
    expect(await send(port, { security: "starttls" }, { to })).toMatchObject({ ok: false });
    expect(received).toHaveLength(0);
  });
});
