/** Work that goes on after the answer was sent. Only what is harmless to lose: what must happen has an outbox. */
export interface Background {
  run(work: () => Promise<void>): void;
}
