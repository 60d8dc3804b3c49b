/** The REST API of the started server, as its operator uses it. For the Node suites only. */
import { setTimeout as delay } from "node:timers/promises";
import { demo } from "./local-server.ts";

type Json = Readonly<Record<string, unknown>>;

/** @param resource below the demo's tenant */
export function requestApi(method: string, resource: string, body?: Json): Promise<Response> {
  const { baseUrl, apiKey, tenant } = demo();
  return fetch(`${baseUrl}/api/v1/tenants/${tenant.id}/${resource}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** As `requestApi`, for what must succeed. */
export async function callApi<Answer>(
  method: string,
  resource: string,
  body?: Json,
): Promise<Answer> {
  const response = await requestApi(method, resource, body);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${resource}: ${response.status} ${text}`);
  return JSON.parse(text) as Answer;
}

/** A CA of the demo's tenant. @param parent absent: a root */
export async function addAuthority(
  name: string,
  keyAlgorithm: string,
  parent?: string,
): Promise<string> {
  const { id } = await callApi<{ id: string }>("POST", "certificate-authorities", {
    name: `${name} ${Date.now().toString(36)}`,
    ...{ subject: `CN=${name},O=Demo`, keyAlgorithm },
    ...(parent !== undefined && { parent }),
  });
  return id;
}

/** The CA of a configuration, and the one above it. */
export async function authoritiesOf(
  configuration: string,
): Promise<{ readonly issuer: string; readonly parent: string }> {
  const { certificateAuthority } = await callApi<{ certificateAuthority: string }>(
    "GET",
    `scep-configurations/${configuration}`,
  );
  const { id, parent = "" } = await callApi<{ id: string; parent?: string }>(
    "GET",
    `certificate-authorities/${certificateAuthority}`,
  );
  return { issuer: id, parent };
}

export const revokeCertificate = (serialNumber: string, reason: string): Promise<unknown> =>
  callApi("POST", `certificates/${serialNumber}/revoke`, { reason });

/** A configuration with the CA of another one, and its URL. */
export async function addConfiguration(
  like: string,
  purpose: string,
  wishes: Json,
  rules?: Json,
): Promise<{ readonly url: string; readonly name: string }> {
  const name = `${purpose}-${Date.now().toString(36)}`;
  const model = await callApi<{ certificateAuthority: string; certificateTemplate: string }>(
    "GET",
    `scep-configurations/${like}`,
  );
  const { certificateAuthority } = model;
  let { certificateTemplate } = model;
  if (rules !== undefined) {
    await callApi("POST", "certificate-templates", { name, validityDays: 90, ...rules });
    certificateTemplate = name;
  }
  const { url } = await callApi<{ url: string }>("POST", "scep-configurations", {
    ...{ name, kind: "simple", certificateAuthority, certificateTemplate, allowPlainHttp: true },
    ...wishes,
  });
  await callApi("POST", `scep-configurations/${name}/enrolment-agent`, {});
  await callApi("PATCH", `scep-configurations/${name}`, { enabled: true });
  // On loopback the server answers where it listens, whatever name it gives itself.
  return { url: demo().baseUrl + new URL(url).pathname, name };
}

/** A token for any subject below O=Demo, approved; its one-time page, opened. */
export async function redeemToken(configuration: string, wishes: Json = {}): Promise<string> {
  const { id } = await callApi<{ id: string }>("POST", "token-requests", {
    ...{ configuration, subject: "O=Demo", contactEmail: "device@example.test" },
    subjectAlternativeNames: [{ type: "dns", value: "*.demo.test" }],
    ...wishes,
  });
  const { redeemUrl } = await callApi<{ redeemUrl: string }>(
    "POST",
    `token-requests/${id}/approve`,
    {},
  );
  const { pathname } = new URL(redeemUrl);
  const page = await fetch(demo().baseUrl + pathname, { method: "POST" });
  return await page.text();
}

/** The challenge of such a token. */
export async function addToken(configuration: string, wishes: Json = {}): Promise<string> {
  const page = await redeemToken(configuration, wishes);
  const challenge = /data-challenge="([^"]+)"/.exec(page)?.[1];
  if (challenge === undefined) throw new Error(`no challenge on the page: ${page}`);
  return challenge;
}

interface EnrolmentRequest {
  readonly id: string;
  readonly subject: string;
  readonly status: string;
}

/** Waits for the device to ask, and approves what it asked for. */
export async function approveRequestOf(commonName: string): Promise<void> {
  for (let attempt = 0; attempt < 240; attempt++) {
    const { items } = await callApi<{ items: EnrolmentRequest[] }>(
      "GET",
      "enrolment-requests?status=pending&limit=100",
    );
    const waiting = items.find(({ subject }) => subject.split(",").includes(`CN=${commonName}`));
    if (waiting !== undefined) {
      await callApi("POST", `enrolment-requests/${waiting.id}/approve`, { reason: "Seen on site" });
      return;
    }
    await delay(250);
  }
  throw new Error(`nobody asked for CN=${commonName}`);
}
