/** Where a webhook may point (threat 40): https, a public name, the usual ports. */
import { isNumericHost, isPublicName } from "./public-name.ts";
import { invalid, type Outcome } from "./refusal.ts";
import { ok } from "../result.ts";

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** @param allowLoopback in development, where tests and demos listen there, by plain HTTP as well */
export function readWebhookTarget(text: string, allowLoopback: boolean): Outcome<string> {
  const refused = (detail: string) => invalid("url", detail);
  if (text.length > 2000 || !URL.canParse(text)) return refused("This is no address.");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    return refused("No user and password in the address; the signature says who sends.");
  url.hash = "";
  if (allowLoopback && loopback.test(url.hostname) && /^https?:$/.test(url.protocol))
    return ok(url.href);
  if (url.protocol !== "https:") return refused("The address must begin with https://.");
  if (isNumericHost(url.hostname)) return refused("A name is needed here, not an IP address.");
  if (!isPublicName(url.hostname)) return refused("The name must be a public one.");
  if (url.port !== "" && Number(url.port) < 1024)
    return refused("The port must be 443, or 1024 and above.");
  return ok(url.href);
}
