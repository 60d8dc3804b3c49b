/** The one way out to an address that a tenant gave. */
export type WebhookAnswer =
  | { readonly status: number }
  /** For the administrator; nothing of the receiver's answer. */
  | { readonly error: string };

export interface WebhookSender {
  /** Follows no redirect, waits a few seconds, reads no body. */
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<WebhookAnswer>;
}
