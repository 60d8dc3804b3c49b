/** The little of scripts/ that the tests call; scripts are not typed. */
declare module "*/scripts/probe.mjs" {
  export function probe(
    url: string,
    milliseconds: number,
  ): Promise<{ ok: boolean; status: number; body: string } | undefined>;
}
declare module "*/scripts/local-server.mjs" {
  export function untilHealthy(
    state: { readonly baseUrl: string; readonly logFile: string },
    server: { readonly hasEnded: boolean },
  ): Promise<void>;
}
