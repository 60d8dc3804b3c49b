/** One tenant with one configuration for each kind of CA key, made through the REST API as an operator would. */
import { createApi } from "../api.mjs";
import { readJson, writePrivate } from "../local-state.mjs";
import { Sentence } from "../terminal.mjs";

/**
 * A word behind an algorithm makes another CA of the same kind.
 * @param {{ baseUrl: string, folder: string, bootstrapKey: string, keyAlgorithms: string[] }} options
 * @returns {Promise<{ apiKey: string, tenant: string, configurations: Record<string, Configuration> }>}
 * @typedef {{ id: string, url: string, challenge: string, authority: string, template: string, token: string }} Configuration
 */
export async function provision({ baseUrl, folder, bootstrapKey, keyAlgorithms }) {
  const file = `${folder}/provisioned.json`;
  const kept = readJson(file) ?? { configurations: {} };
  kept.apiKey ??= (
    await createApi(baseUrl, bootstrapKey).post("api-keys", { name: "bench", rank: "operator" })
  ).key;
  writePrivate(file, JSON.stringify(kept));
  const api = createApi(baseUrl, kept.apiKey);
  kept.tenant ??= (await api.ensure("tenants", { name: "Bench" })).id;
  const of = (resource) => `tenants/${kept.tenant}/${resource}`;
  const template = await api.ensure(of("certificate-templates"), {
    name: "device",
    validityDays: 365,
  });
  for (const keyAlgorithm of keyAlgorithms) {
    if (kept.configurations[keyAlgorithm]) continue;
    kept.configurations[keyAlgorithm] = await createConfiguration(
      api,
      of,
      keyAlgorithm,
      template.id,
    );
    writePrivate(file, JSON.stringify(kept));
  }
  return kept;
}

async function createConfiguration(api, of, keyAlgorithm, template) {
  const authority = await api.ensure(of("certificate-authorities"), {
    name: `CA ${keyAlgorithm}`,
    subject: `CN=Bench CA ${keyAlgorithm},O=Bench`,
    keyAlgorithm: keyAlgorithm.split(" ")[0],
  });
  const name = `ca-${keyAlgorithm.toLowerCase().replaceAll(" ", "-")}`;
  const { id } = await api.ensure(of("scep-configurations"), {
    name,
    kind: "simple",
    preset: "standard",
    certificateAuthority: authority.id,
    certificateTemplate: template,
    allowPlainHttp: true,
  });
  await api.post(`${of("scep-configurations")}/${name}/enrolment-agent`);
  const { url } = await api.patch(of(`scep-configurations/${name}`), { enabled: true });
  return { id, url, authority: authority.id, template, ...(await createToken(api, of, name)) };
}

/** Without a limit of uses: a run has more enrolments than any sensible one. */
async function createToken(api, of, configuration) {
  const request = await api.post(of("token-requests"), {
    configuration,
    subject: "O=Bench",
    contactEmail: "bench@example.test",
  });
  const approved = await api.post(of(`token-requests/${request.id}/approve`));
  const page = await fetch(approved.redeemUrl, {
    method: "POST",
    signal: AbortSignal.timeout(30_000),
  });
  const challenge = /data-challenge="([^"]+)"/.exec(await page.text())?.[1];
  if (challenge === undefined)
    throw new Sentence(`The page behind the one-time link showed no challenge (${page.status}).`);
  return { challenge, token: approved.tokenId };
}
