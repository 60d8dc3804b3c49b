/** What a CA has issued, in the order of its recording: the rows themselves are the outbox, so issuing pays nothing for it. */
export interface IssuedRow {
  /** Grows within one CA. */
  readonly position: number;
  readonly serialNumberHex: string;
  readonly subject: string;
  readonly configurationId: string;
  readonly transactionID: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly recordedAt: Date;
}

export interface IssuedCertificates {
  /** Of devices, oldest first. Ends before the first one that is still being signed: nothing is skipped. */
  readIssued(afterPosition: number, limit: number): Promise<readonly IssuedRow[]>;
  /** The last position that was recorded before this moment; 0 when there is none. */
  findIssuedPosition(before: Date): Promise<number>;
}
