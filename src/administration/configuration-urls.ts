/** Where devices find a configuration. */
import type { ScepConfiguration } from "../ports/scep-configuration-store.ts";
import type { Needs } from "./dependencies.ts";

export interface ConfigurationUrls {
  readonly url: string;
  /** Only when plain HTTP is allowed. */
  readonly httpUrl?: string;
}

export function configurationUrls(
  { publicHttpOrigin, publicHttpsOrigin }: Needs<"publicHttpOrigin" | "publicHttpsOrigin">,
  { kind, tenantId, name, wire }: Pick<ScepConfiguration, "kind" | "tenantId" | "name" | "wire">,
): ConfigurationUrls {
  const path = `/${kind}/${tenantId}/${name}/scep`;
  return {
    url: publicHttpsOrigin + path,
    ...(wire.plainHttp ? { httpUrl: publicHttpOrigin + path } : {}),
  };
}
