/** Tells this isolate's cache to forget a configuration; other isolates notice when their copy gets too old. */
export interface ConfigurationChanges {
  changed(configurationId: string): void;
}
