/** Which addresses a token may be sent to. Microsoft Graph says where Intune is; that alone is not enough. */
import type { IntuneCloud } from "../ports/intune-connection.ts";

/**
 * The address without slashes at its end; undefined when it is not https on a host of this cloud. In development a custom
 * cloud may be on http.
 */
export function usableAddress(
  uri: unknown,
  cloud: IntuneCloud,
  development: boolean,
): string | undefined {
  if (typeof uri !== "string" || uri.length > 2000 || !URL.canParse(uri)) return undefined;
  const url = new URL(uri);
  const isCustom = cloud.name === "custom" && development;
  if (url.protocol !== "https:" && !(isCustom && url.protocol === "http:")) return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  const isKnown = cloud.serviceHosts.some((host) => isAtOrBelow(url, host.toLowerCase()));
  return isKnown ? url.origin + url.pathname.replace(/\/+$/, "") : undefined;
}

/** A custom cloud's hosts may come with their port. */
const isAtOrBelow = ({ host, hostname }: URL, known: string): boolean =>
  hostname === known || host === known || hostname.endsWith(`.${known}`);
