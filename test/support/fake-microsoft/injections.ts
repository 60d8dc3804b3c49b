/** What can go wrong on each hop, as data: settable from a test or over the control port. */

export type FakeHop =
  | "login-graph"
  | "login-intune"
  | "graph"
  | "validate"
  | "success"
  | "failure"
  | "download"
  | "upload";

export interface Injection {
  readonly hop: FakeHop;
  /** How many calls it meets; 1 unless given, 0 for all. */
  readonly times?: number;
  readonly kind:
    | "status"
    /** The request is carried out, and its answer is lost. */
    | "lost"
    /** No connection. */
    | "refused"
    /** The connection ends in the middle of the body. */
    | "reset"
    /** Headers after `milliseconds`. */
    | "slow"
    /** One octet now and then, without end. */
    | "dribble";
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For bodies that are no text. */
  readonly bodyBase64?: string;
  readonly milliseconds?: number;
}

/** An answer by hand for one hop: any JSON. */
export interface Forced {
  readonly hop: FakeHop;
  readonly answer: unknown;
  readonly times?: number;
  readonly transactionId?: string;
}

/** No answer; in the place of whatever the network says. */
export class ConnectionLost extends TypeError {}

export class Queue<Item extends { readonly times?: number }> {
  readonly #waiting: { readonly item: Item; left: number }[] = [];

  add(item: Item): void {
    this.#waiting.push({
      item,
      left: item.times === 0 ? Number.POSITIVE_INFINITY : (item.times ?? 1),
    });
  }

  take(matches: (item: Item) => boolean): Item | undefined {
    const found = this.#waiting.find(({ item, left }) => left > 0 && matches(item));
    if (found) found.left--;
    return found?.item;
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}

/** @returns undefined when the call is to go on as usual */
export async function inject(injection: Injection): Promise<Response | undefined> {
  switch (injection.kind) {
    case "lost":
      return undefined;
    case "refused":
      throw new ConnectionLost("connection refused");
    case "slow":
      await pause(injection.milliseconds ?? 1000);
      return undefined;
    case "status": {
      const { status = 500, headers = {}, body = "", bodyBase64 } = injection;
      const content = bodyBase64 === undefined ? body : Buffer.from(bodyBase64, "base64");
      const isBare = status === 204 || status === 304;
      return new Response(isBare ? null : content, {
        status,
        headers,
        // Whoever says gzip has compressed it already.
        ...("content-encoding" in headers && { encodeBody: "manual" }),
      });
    }
    case "reset":
      return streamed((controller) => {
        controller.enqueue(new TextEncoder().encode('{"code":"Succ'));
        controller.error(new ConnectionLost("reset"));
      });
    case "dribble":
      return streamed(async (controller) => {
        for (let count = 0; count < 200; count++) {
          await pause(injection.milliseconds ?? 20);
          try {
            controller.enqueue(new TextEncoder().encode(" "));
          } catch {
            return;
          }
        }
        controller.close();
      });
  }
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });

function streamed(
  start: (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>,
): Response {
  let begun = false;
  return new Response(
    new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (begun) return;
        begun = true;
        void start(controller);
      },
    }),
    { headers: { "content-type": "application/json" } },
  );
}
