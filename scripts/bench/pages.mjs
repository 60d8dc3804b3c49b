/** What the pages of the portal cost where a CA has very many certificates: asked as a browser asks, signed in. */
import { createApi } from "../api.mjs";
import { inLanes, percentile } from "./load.mjs";
import { costOf } from "./process-cost.mjs";

const mail = "tess@bench.test";

/**
 * @param {{ addresses: { service: string }, workerd: number }} server
 * @param {{ apiKey: string, tenant: string, configurations: object }} made
 * @param {{ configuration: string, middle: number, visits: number }} of the CA that is full
 * @returns CPU milliseconds and the usual wait of each page, the object's work and D1's included
 */
export async function measurePages(server, made, { configuration, middle, visits }) {
  const { service } = server.addresses;
  const cookie = await signIn(service, made);
  const pages = `${service}/portal/tenants/${made.tenant}`;
  const visit = async (path) => {
    const response = await fetch(pages + path, { headers: { cookie }, redirect: "manual" });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}.`);
    return text;
  };
  const search = `/certificates?search=device-${middle}.corp`;
  const serialNumber = /\/certificates\/([0-9A-F]{8,})"/i.exec(await visit(search))?.[1];
  if (serialNumber === undefined) throw new Error(`device-${middle} is not on its page.`);
  const { authority } = made.configurations[configuration];
  const addresses = {
    dashboard: "",
    certificates: "/certificates",
    "certificates, part of a name": search,
    "a certificate and its story": `/certificates/${serialNumber}`,
    "SCEP configurations": "/scep-configurations",
    "a configuration": `/scep-configurations/ca-${configuration.toLowerCase().replaceAll(" ", "-")}`,
    "certificate authorities": "/certificate-authorities",
    "a certificate authority": `/certificate-authorities/${authority}`,
    tokens: "/tokens",
    approvals: "/approvals",
    "transactions, by serial number": `/transactions?search=${serialNumber}`,
    notices: "/notices",
    "audit log": "/audit-log",
  };
  const results = {};
  for (const [name, path] of Object.entries(addresses)) {
    await inLanes(10, 1, () => visit(path));
    const { cpu, result } = await costOf(server.workerd, visits, () =>
      inLanes(visits, 1, () => visit(path)),
    );
    results[name] = { cpu, p50: percentile(result.latencies, 0.5) };
  }
  return results;
}

/** Without a proof, as on every developer's computer: the administrator of the tenant. */
async function signIn(service, { apiKey, tenant }) {
  const api = createApi(service, apiKey);
  const members = await api.list(`tenants/${tenant}/members`);
  if (!members.some(({ value }) => value === mail))
    await api.post(`tenants/${tenant}/members`, {
      kind: "mail",
      value: mail,
      role: "tenant-administrator",
    });
  const response = await fetch(`${service}/portal/sign-in/development`, {
    method: "POST",
    headers: { origin: service },
    body: new URLSearchParams({ mail }),
    redirect: "manual",
  });
  const cookies = response.headers.getSetCookie().map((line) => line.split(";")[0]);
  if (response.status !== 303 || cookies.length === 0)
    throw new Error(`The sign-in was answered ${response.status}.`);
  return cookies.join("; ");
}
