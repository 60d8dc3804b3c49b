/** How one kind of client asks for its certificate: steps, filled in from what a token allows. Pure text; the page escapes it. */
export interface GuideStep {
  readonly title: string;
  readonly text?: string;
  /** To be copied as it is. */
  readonly command?: string;
  /** The reader may have to change the command. */
  readonly editable?: boolean;
}

export interface Guide {
  /** Stands in ids of the page. */
  readonly id: string;
  readonly name: string;
  readonly introduction?: string;
  /** Empty when this client cannot use the configuration; the introduction says why. */
  readonly steps: readonly GuideStep[];
}
