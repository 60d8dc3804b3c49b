/** Whether the bindings answer. */
export interface Health {
  check(): Promise<Readonly<Record<string, "ok" | "failing">>>;
}
