/**
 * Cookies that only we can read or write: AES-256-GCM under MASTER_KEYS, bound to their purpose. `__Host-` and `Secure`
 * everywhere but on loopback in development, where the platform's browsers would drop them.
 */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { fromBase64, toBase64Url } from "../../../pki/bytes.ts";
import { isLocalDevelopment, isPlainHttp } from "../../deployment.ts";
import type { PortalDependencies } from "../dependencies.ts";

type Purpose = "session" | "sign-in";
type CookieNeeds = Pick<PortalDependencies, "environment" | "keyWrapping">;

/** The additional data of the encryption: a cookie made for one purpose is none for another. */
const contextOf = (purpose: Purpose) =>
  ({ tenant: "shared", kind: "cookie", id: purpose }) as const;

function attributesOf(context: Context, { environment }: CookieNeeds, purpose: Purpose) {
  const url = new URL(context.req.url);
  const plain = isPlainHttp(url) && isLocalDevelopment(url, environment);
  return {
    // Cookies do not know ports, and several servers may run on one loopback.
    name: plain ? `edge-scep-${purpose}-${url.port}` : `__Host-edge-scep-${purpose}`,
    options: { path: "/", httpOnly: true, secure: !plain, sameSite: "Lax" as const },
  };
}

export async function writeSealedCookie(
  context: Context,
  needs: CookieNeeds,
  purpose: Purpose,
  value: object,
  maxAgeSeconds: number,
): Promise<void> {
  const { name, options } = attributesOf(context, needs, purpose);
  const octets = new TextEncoder().encode(JSON.stringify(value));
  const sealed = await needs.keyWrapping.wrap(octets, contextOf(purpose));
  setCookie(context, name, toBase64Url(sealed), { ...options, maxAge: maxAgeSeconds });
}

/** Undefined: there is none, or it is not ours. What is in it is what we wrote, though perhaps long ago. */
export async function readSealedCookie<Value extends object>(
  context: Context,
  needs: CookieNeeds,
  purpose: Purpose,
): Promise<Value | undefined> {
  const text = getCookie(context, attributesOf(context, needs, purpose).name);
  if (text === undefined) return undefined;
  try {
    const octets = await needs.keyWrapping.unwrap(fromBase64(text), contextOf(purpose));
    return JSON.parse(new TextDecoder().decode(octets)) as Value;
  } catch {
    // Altered, or sealed with a key that is no longer there: no cookie, and no fault of ours.
    return undefined;
  }
}

export function removeSealedCookie(context: Context, needs: CookieNeeds, purpose: Purpose): void {
  const { name, options } = attributesOf(context, needs, purpose);
  deleteCookie(context, name, options);
}
