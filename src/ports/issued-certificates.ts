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
  /**
   * Of devices, oldest first, with the position to go on from. Ends before the first one that is still being signed:
   * nothing is skipped.
   * @param from a position, or the moment from which on they are wanted
   */
  readIssued(
    from: number | Date,
    limit: number,
  ): Promise<{ readonly items: readonly IssuedRow[]; readonly position: number }>;
}
