/** Another CA takes this one's place: announced first, then in force. */

/** A token as it was counted here. */
export interface TokenTally {
  readonly tokenId: string;
  readonly uses: number;
  readonly revokedAtSeconds?: number;
}

export interface AuthoritySuccession {
  /** Announces the CA that will take this one's place: its certificate and those above it. Again: instead of the last. */
  stageSuccessor(certificatesDer: readonly Uint8Array[], successorId?: string): Promise<void>;
  /** Nothing is announced any more. Idempotent. */
  unstageSuccessor(): Promise<void>;
  /** The answer to GetNextCACert (RFC 8894, section 4.7.1), signed by this CA; undefined when none is staged. */
  nextCaCertificates(): Promise<Uint8Array | undefined>;
  /**
   * From here on the other CA issues. What was asked of this one before is still answered, CRL and OCSP go on, and
   * everything else is refused: so what is counted here is final. Idempotent.
   */
  handOver(successorId: string): Promise<void>;
  /** By id, those after the given one. */
  readTokens(after: string, limit: number): Promise<readonly TokenTally[]>;
  /** Counts go on from there. Idempotent: a count never goes down. */
  takeOverTokens(tallies: readonly TokenTally[]): Promise<void>;
  /** When the last certificate ends that it has issued, its own responders' left out; undefined: there is none. */
  lastCertificateEnd(): Promise<Date | undefined>;
  /** Devices' certificates by configuration that are valid now. */
  countValidCertificates(
    configurationIds: readonly string[],
  ): Promise<Readonly<Record<string, number>>>;
}
