/** TCP, where HTTP does not do. */

/** `starttls`: begins in the clear and is raised to TLS by `startTls`. */
export type TcpSecurity = "tls" | "starttls" | "none";

export interface TcpConnection {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  startTls(): TcpConnection;
  close(): Promise<void>;
}

export type ConnectTcp = (
  address: { readonly hostname: string; readonly port: number },
  security: TcpSecurity,
) => TcpConnection;
