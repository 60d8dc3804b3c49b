/** What the pages load, all of it from us: no address of anybody else is ever asked. */
import htmx from "htmx.org/dist/htmx.min.js";
import type { Hono } from "hono";
import { script } from "./script.ts";
import { stylesheet } from "./stylesheet.ts";

const assets = {
  "portal.css": { type: "text/css; charset=utf-8", text: stylesheet },
  "portal.js": { type: "text/javascript; charset=utf-8", text: script },
  "htmx.js": { type: "text/javascript; charset=utf-8", text: htmx },
} as const;

export type AssetName = keyof typeof assets;

/** A deployment's texts never change, so a browser asks once an hour at most; `version` makes that safe. */
const version = Object.values(assets)
  .map(({ text }) => checksum(text).toString(36))
  .join("");

export const assetHref = (name: AssetName): string => `/portal/assets/${name}?v=${version}`;

export function serveAssets(portal: Hono): void {
  for (const [name, { type, text }] of Object.entries(assets)) {
    portal.get(`/assets/${name}`, (context) =>
      context.body(text, 200, {
        "content-type": type,
        "cache-control": "public, max-age=3600",
        "x-content-type-options": "nosniff",
      }),
    );
  }
}

/** Tells versions apart, protects nothing. */
function checksum(text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index++)
    sum = (Math.imul(sum, 31) + text.charCodeAt(index)) >>> 0;
  return sum;
}
