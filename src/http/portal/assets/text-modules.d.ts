/** Wrangler bundles these files as text (`rules` in wrangler.toml). */
declare module "htmx.org/dist/htmx.min.js" {
  const text: string;
  export default text;
}
