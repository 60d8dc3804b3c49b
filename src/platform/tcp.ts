/** TCP connections of the runtime, behind the port. */
import { connect } from "cloudflare:sockets";
import type { ConnectTcp } from "../ports/tcp.ts";

export const connectTcp: ConnectTcp = (address, security) =>
  connect(address, {
    secureTransport: security === "tls" ? "on" : security === "starttls" ? "starttls" : "off",
    allowHalfOpen: false,
  });
