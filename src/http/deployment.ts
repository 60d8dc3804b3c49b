/** What the address of a request tells. Only the URL's scheme and host count; no forwarding header is believed. */
import type { Environment } from "../env.ts";

const loopbackHosts: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];

/** Exempt from HTTPS and from rate limits: a loopback host, and a deployment that says it is for development. Both. */
export const isLocalDevelopment = (
  url: URL,
  { development }: Pick<Environment, "development">,
): boolean => development && loopbackHosts.includes(url.hostname);

export const isPlainHttp = (url: URL): boolean => url.protocol !== "https:";
