/**
 * One conversation with a mail server (RFC 5321; STARTTLS: RFC 3207; AUTH: RFC 4954). Strict where worker-mailer is not: a
 * server without STARTTLS gets neither password nor mail, and a connection that ends is an error and not an endless loop.
 */
import { toBase64 } from "../pki/bytes.ts";
import type { TcpConnection } from "../ports/tcp.ts";

const longestReply = 64 * 1024;

interface Reply {
  readonly code: number;
  /** Without the codes. */
  readonly lines: readonly string[];
}

/** The server said no. */
export class SmtpRefusal extends Error {
  override readonly name = "SmtpRefusal";

  constructor(
    readonly command: string,
    readonly code: number,
    text: string,
  ) {
    super(`${command}: ${code} ${text}`);
  }
}

export class SmtpConnection {
  #tcp: TcpConnection;
  #reader: ReadableStreamDefaultReader<Uint8Array>;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #received = "";
  #extensions: readonly string[] = [];

  constructor(tcp: TcpConnection) {
    this.#tcp = tcp;
    this.#reader = tcp.readable.getReader();
    this.#writer = tcp.writable.getWriter();
  }

  async greet(clientName: string): Promise<void> {
    expect("greeting", await this.#reply(), 220);
    await this.#hello(clientName);
  }

  async startTls(clientName: string): Promise<void> {
    if (!this.#extensions.includes("STARTTLS"))
      throw new SmtpRefusal("STARTTLS", 502, "The server does not offer it, so nothing was sent.");
    await this.#command("STARTTLS", 220);
    // What came before TLS was not the server's to say (RFC 3207, section 6).
    this.#received = "";
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    this.#tcp = this.#tcp.startTls();
    this.#reader = this.#tcp.readable.getReader();
    this.#writer = this.#tcp.writable.getWriter();
    await this.#hello(clientName);
  }

  async authenticate(user: string, password: string): Promise<void> {
    const mechanisms =
      this.#extensions
        .find((line) => /^AUTH[ =]/.test(line))
        ?.split(/[ =]+/)
        .slice(1) ?? [];
    const encoded = (text: string) => toBase64(new TextEncoder().encode(text));
    if (mechanisms.includes("PLAIN")) {
      await this.#command(`AUTH PLAIN ${encoded(`\0${user}\0${password}`)}`, 235, "AUTH");
    } else if (mechanisms.includes("LOGIN")) {
      await this.#command("AUTH LOGIN", 334);
      await this.#command(encoded(user), 334, "AUTH");
      await this.#command(encoded(password), 235, "AUTH");
    } else {
      throw new SmtpRefusal("AUTH", 504, "The server offers neither PLAIN nor LOGIN.");
    }
  }

  /** @param message RFC 5322, lines ending with CR LF */
  async send(from: string, to: string, message: string): Promise<void> {
    await this.#command(`MAIL FROM:<${from}>`, 250, "MAIL");
    await this.#command(`RCPT TO:<${to}>`, 250, "RCPT");
    await this.#command("DATA", 354);
    await this.#write(`${message.replaceAll(/^\./gm, "..")}.\r\n`);
    expect("DATA", await this.#reply(), 250);
  }

  async close(): Promise<void> {
    try {
      await this.#write("QUIT\r\n");
    } finally {
      await this.#tcp.close();
    }
  }

  async #hello(clientName: string): Promise<void> {
    const { lines } = await this.#command(`EHLO ${clientName}`, 250, "EHLO");
    this.#extensions = lines.slice(1).map((line) => line.trim().toUpperCase());
  }

  /** @param shown instead of the command, which may hold a password or an address */
  async #command(line: string, wanted: number, shown = line): Promise<Reply> {
    if (/[\r\n\0]/.test(line)) throw new Error(`${shown}: a line break in an SMTP command.`);
    await this.#write(`${line}\r\n`);
    return expect(shown, await this.#reply(), wanted);
  }

  async #write(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(text));
  }

  async #reply(): Promise<Reply> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.#line();
      const [, code, more, text = ""] = /^([2-5]\d\d)([ -]?)(.*)$/.exec(line) ?? [];
      if (code === undefined) throw new Error("The server does not speak SMTP.");
      lines.push(text);
      if (more !== "-") return { code: Number(code), lines };
    }
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#received.indexOf("\n");
      if (end >= 0) {
        const line = this.#received.slice(0, end).replace(/\r$/, "");
        this.#received = this.#received.slice(end + 1);
        return line;
      }
      if (this.#received.length > longestReply) throw new Error("The server talks too much.");
      const { done, value } = await this.#reader.read();
      if (done) throw new Error("The server closed the connection.");
      this.#received += new TextDecoder().decode(value);
    }
  }
}

/** 250 is also what 251 means: it will be delivered. */
function expect(command: string, reply: Reply, wanted: number): Reply {
  if (reply.code === wanted || (wanted === 250 && reply.code === 251)) return reply;
  throw new SmtpRefusal(command, reply.code, reply.lines.join(" "));
}
