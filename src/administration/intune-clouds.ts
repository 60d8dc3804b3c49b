/** Where each of Microsoft's clouds is, and what may be said otherwise about it. */
import type { IntuneCloud, IntuneCloudName } from "../ports/intune-connection.ts";
import { ok } from "../result.ts";
import { invalid, type Outcome } from "./refusal.ts";

export interface Endpoints {
  readonly login?: string | undefined;
  readonly graph?: string | undefined;
  readonly intuneResource?: string | undefined;
  readonly serviceHosts?: readonly string[] | undefined;
}

interface MicrosoftCloud {
  /** The first is the usual one. A secret or a token goes to these hosts and to no other. */
  readonly login: readonly string[];
  readonly graph: readonly string[];
  /** Undefined: Microsoft has published none; the operator says. */
  readonly intuneResource: string | undefined;
  readonly serviceHosts: readonly string[];
  /** Above the service hosts and resources that an operator may name. */
  readonly domains: readonly string[];
}

const clouds: Readonly<Record<Exclude<IntuneCloudName, "custom">, MicrosoftCloud>> = {
  public: {
    login: ["login.microsoftonline.com"],
    graph: ["graph.microsoft.com"],
    intuneResource: "https://api.manage.microsoft.com/",
    serviceHosts: ["manage.microsoft.com"],
    domains: ["manage.microsoft.com"],
  },
  "us-government": {
    login: ["login.microsoftonline.us"],
    graph: ["graph.microsoft.us", "dod-graph.microsoft.us"],
    intuneResource: "https://api.manage.microsoft.us/",
    serviceHosts: ["manage.microsoft.us"],
    domains: ["manage.microsoft.us"],
  },
  china: {
    login: ["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
    graph: ["microsoftgraph.chinacloudapi.cn"],
    intuneResource: undefined,
    serviceHosts: [],
    domains: ["microsoftonline.cn", "manage.microsoft.cn"],
  },
};

/** @param development whether a custom cloud may be used at all */
export function cloudOf(
  name: IntuneCloudName,
  endpoints: Endpoints,
  development: boolean,
): Outcome<IntuneCloud> {
  if (name === "custom") return customCloud(endpoints, development);
  const cloud = clouds[name];
  const login = originAmong("endpoints.login", endpoints.login, cloud.login);
  if (!login.ok) return login;
  const graph = originAmong("endpoints.graph", endpoints.graph, cloud.graph);
  if (!graph.ok) return graph;
  const intuneResource = endpoints.intuneResource ?? cloud.intuneResource;
  if (intuneResource === undefined || !isBelow(intuneResource, cloud.domains)) {
    return invalid(
      "endpoints.intuneResource",
      `Give the resource of Intune's API: https on a host of ${cloud.domains.join(" or ")}.`,
    );
  }
  const serviceHosts = (endpoints.serviceHosts ?? cloud.serviceHosts).map(bareHost);
  const isGood = (host: string) => isBelow(`https://${host}/`, cloud.domains);
  if (serviceHosts.length === 0 || !serviceHosts.every(isGood)) {
    return invalid(
      "endpoints.serviceHosts",
      `Give the hosts of Intune's services: at or below ${cloud.domains.join(" or ")}.`,
    );
  }
  return ok({
    ...{ name, loginOrigin: login.value, graphOrigin: graph.value, intuneResource, serviceHosts },
  });
}

function originAmong(
  field: string,
  wish: string | undefined,
  hosts: readonly string[],
): Outcome<string> {
  const known = hosts.map((host) => `https://${host}`);
  const wanted = withoutSlash(wish ?? known[0] ?? "");
  return known.includes(wanted)
    ? ok(wanted)
    : invalid(field, `In this cloud it is ${known.join(" or ")}.`);
}

function customCloud(endpoints: Endpoints, development: boolean): Outcome<IntuneCloud> {
  if (!development)
    return invalid("cloud", "A custom cloud is for development: public, us-government or china.");
  const { login, graph, intuneResource } = endpoints;
  for (const [field, value] of Object.entries({ login, graph })) {
    const isUrl = value !== undefined && URL.canParse(value) && /^https?:/.test(value);
    if (!isUrl) return invalid(`endpoints.${field}`, "A custom cloud needs this address.");
  }
  if (intuneResource === undefined)
    return invalid("endpoints.intuneResource", "A custom cloud needs this name.");
  const graphOrigin = withoutSlash(graph ?? "");
  return ok({
    name: "custom",
    loginOrigin: withoutSlash(login ?? ""),
    graphOrigin,
    intuneResource,
    serviceHosts: (endpoints.serviceHosts ?? [new URL(graphOrigin).hostname]).map(bareHost),
  });
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, "");

/** `*.manage.microsoft.com` and `.manage.microsoft.com` say what `manage.microsoft.com` says. */
const bareHost = (host: string): string => host.toLowerCase().replace(/^(\*\.|\.)/, "");

function isBelow(url: string, domains: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, host } = new URL(url);
  const isKnown = domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
  return protocol === "https:" && host === hostname && isKnown;
}
