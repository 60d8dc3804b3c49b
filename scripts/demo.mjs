/**
 * The demo, made through the REST API as an operator would make it. Every step first looks whether its
 * work is done, so that a second run changes nothing and a run that was killed goes on where it ended.
 */
import { createApi, ApiProblem } from "./api.mjs";
import { tool } from "./install.mjs";
import { serverEnvironment, stateArguments } from "./local-server.mjs";
import { readJson, writePrivate } from "./local-state.mjs";
import { run } from "./processes.mjs";
import { Sentence } from "./terminal.mjs";

const keyName = "npm start";

const configurations = [
  { name: "devices", kind: "simple", preset: "standard", template: "device" },
  {
    name: "approval",
    kind: "simple",
    preset: "standard",
    template: "device",
    requiresApproval: true,
  },
  { name: "legacy", kind: "simple", preset: "legacy", template: "legacy-device" },
  {
    name: "intune",
    kind: "intune",
    preset: "intune",
    template: "device",
    intuneConnection: "microsoft",
  },
];

/** Who can sign in to the portal of the demo; the first one runs the deployment. */
const people = [
  { mail: "olivia@demo.test", role: "operator" },
  { mail: "tess@demo.test", role: "tenant-administrator" },
  { mail: "ada@demo.test", role: "approver" },
  { mail: "rik@demo.test", role: "requester" },
  { mail: "aud@demo.test", role: "auditor" },
];

/** Makes what is missing and writes dev.json. */
export async function provisionDemo(state, bootstrapKey, cloud) {
  // What only we know: the operator key and the challenges, of which the server keeps hashes.
  const kept = readJson(state.demoFile) ?? { challenges: {} };
  const keep = () => writePrivate(state.demoFile, `${JSON.stringify(kept, undefined, 2)}\n`);

  if (kept.apiKey === undefined) {
    kept.apiKey = await createOperatorKey(state, bootstrapKey);
    keep();
  }
  const api = createApi(state.baseUrl, kept.apiKey);
  const tenant = await api.ensure("tenants", { name: "Demo" });
  const of = (resource) => `tenants/${tenant.id}/${resource}`;
  await addPeople(api, of);
  await createAuthorities(api, of);
  await createTemplates(api, of);
  await ensureIntuneConnection(api, of, cloud);

  const made = [];
  for (const wanted of configurations) {
    const { url } = await ensureConfiguration(api, of, wanted);
    const entry = { name: wanted.name, kind: wanted.kind, url };
    if (wanted.kind === "simple") {
      kept.challenges[wanted.name] ??= await createChallenge(api, of, wanted.name);
      keep();
      entry.challenge = kept.challenges[wanted.name];
    }
    made.push(entry);
  }

  const dev = {
    baseUrl: state.baseUrl,
    portalUrl: `${state.baseUrl}/portal`,
    apiKey: kept.apiKey,
    tenant: { id: tenant.id, name: tenant.name },
    people,
    microsoft: { origin: cloud.origin, directoryId: cloud.directoryId },
    configurations: made,
  };
  writePrivate(state.devFile, `${JSON.stringify(dev, undefined, 2)}\n`);
  return dev;
}

/** The bootstrap key opens the API until an operator key exists; then it is worth nothing. */
async function createOperatorKey(state, bootstrapKey) {
  const create = () =>
    createApi(state.baseUrl, bootstrapKey).post("api-keys", { name: keyName, rank: "operator" });
  try {
    return (await create()).key;
  } catch (error) {
    if (!(error instanceof ApiProblem) || ![401, 403].includes(error.status)) throw error;
  }
  // Killed after the key was made and before it was written down: nobody knows it, so it may go.
  await forgetLostKey(state);
  return (await create()).key;
}

async function forgetLostKey(state) {
  const statement = `DELETE FROM api_keys WHERE tenant_id IS NULL AND name = '${keyName}'`;
  const { code } = await run(
    tool("wrangler"),
    ["d1", "execute", "DB", "--local", "--command", statement, ...stateArguments(state)],
    serverEnvironment(state),
  );
  if (code !== 0) {
    throw new Sentence(
      `The operator key of the demo is lost. Stop the server and delete ${state.folder} to begin anew.`,
    );
  }
}

async function addPeople(api, of) {
  for (const { mail, role } of people) {
    const path = role === "operator" ? "members" : of("members");
    const present = (await api.list(path)).some(
      (member) => member.value === mail && member.role === role,
    );
    if (!present) await api.post(path, { kind: "mail", value: mail, role });
  }
}

async function createAuthorities(api, of) {
  const path = of("certificate-authorities");
  const rsa = "RSA-2048";
  // One that is "creating" was left half made; asking again under its name goes on with it.
  const isMade = ({ state }) => state !== "creating";
  const ensure = (authority) => api.ensure(path, authority, isMade);
  const demoRoot = await ensure({
    name: "Demo Root",
    subject: "CN=Demo Root,O=Demo",
    keyAlgorithm: rsa,
  });
  await ensure({
    name: "Demo Devices CA",
    subject: "CN=Demo Devices CA,O=Demo",
    keyAlgorithm: rsa,
    parent: demoRoot.id,
  });
}

async function createTemplates(api, of) {
  const path = of("certificate-templates");
  await api.ensure(path, { name: "device", validityDays: 365 });
  // Old appliances sign their requests with MD5 and have small keys.
  await api.ensure(path, {
    name: "legacy-device",
    validityDays: 365,
    requestSignature: "verify-md5-too",
  });
}

/** The fake may listen elsewhere than last time. */
async function ensureIntuneConnection(api, of, { origin, directoryId, clientId, secret }) {
  const path = of("intune-connections");
  const name = "microsoft";
  const endpoints = {
    ...{ login: origin, graph: origin, serviceHosts: ["127.0.0.1"] },
    intuneResource: "https://api.manage.microsoft.com/",
  };
  const identity = { cloud: "custom", directoryId, clientId, endpoints };
  const present = await api.ensure(path, { name, ...identity, clientSecret: secret });
  if (present.endpoints.login !== origin || present.clientId !== clientId)
    await api.patch(`${path}/${name}`, { ...identity, clientSecret: secret });
}

async function ensureConfiguration(api, of, { template, ...wanted }) {
  const path = of("scep-configurations");
  let configuration = await api.ensure(path, {
    ...wanted,
    certificateAuthority: "Demo Devices CA",
    certificateTemplate: template,
    allowPlainHttp: true,
  });
  if (!configuration.enabled) {
    await api.post(`${path}/${wanted.name}/enrolment-agent`);
    configuration = await api.patch(`${path}/${wanted.name}`, { enabled: true });
  }
  return configuration;
}

/** A token is asked for, approved, and its challenge read from the page behind the one-time link. */
async function createChallenge(api, of, configuration) {
  const request = await api.post(of("token-requests"), {
    configuration,
    subject: "O=Demo",
    subjectAlternativeNames: [{ type: "dns", value: "*.demo.test" }],
    contactEmail: "demo@example.test",
    maxUses: 10_000,
  });
  const { redeemUrl } = await api.post(`${of("token-requests")}/${request.id}/approve`);
  const page = await fetch(redeemUrl, { method: "POST", signal: AbortSignal.timeout(30_000) });
  const challenge = /data-challenge="([^"]+)"/.exec(await page.text())?.[1];
  if (challenge === undefined) {
    throw new Sentence(`The page behind the one-time link showed no challenge (${page.status}).`);
  }
  return challenge;
}
