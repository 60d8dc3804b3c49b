/** One SCEP request to our own addresses, answered by the handlers that answer devices. */

export interface ScepAnswer {
  readonly status: number;
  /** Without parameters. */
  readonly contentType: string;
  readonly body: Uint8Array;
}

export interface ScepExchange {
  /**
   * Resolves when what goes on after the answer, such as writing the timeline, is done as well.
   * @param url with its `operation`
   * @param message of a PKIOperation, sent by POST
   */
  send(url: string, message?: Uint8Array): Promise<ScepAnswer>;
}
