/**
 * A fake of Microsoft's cloud on an address of its own (test/support/fake-microsoft), and what lets a fleet of one tenant
 * enrol through it. It runs in the process of whoever measures, never in the one that is measured.
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { FakeMicrosoft } from "../../test/support/fake-microsoft/index.ts";
import {
  buildPkiMessage,
  findAgent,
  getCACert,
  name,
  selfSigned,
} from "../../test/support/scep-client/index.ts";
import { createApi } from "../api.mjs";

/**
 * @param {(fake: FakeMicrosoft) => void} [before] is called before each request, to make it meet with misfortune
 * @returns {Promise<{ fake: FakeMicrosoft, origin: string, close: () => void }>}
 */
export async function startMicrosoft(before) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const fake = new FakeMicrosoft({
    loginOrigin: origin,
    graphOrigin: origin,
    serviceOrigin: origin,
  });
  server.on("request", (incoming, outgoing) => {
    before?.(fake);
    answer(fake, origin, incoming, outgoing).catch(() => outgoing.destroy());
  });
  return {
    fake,
    origin,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(fake, origin, incoming, outgoing) {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const headers = new Headers();
  for (const [name_, value] of Object.entries(incoming.headers))
    if (!["connection", "host", "transfer-encoding"].includes(name_))
      headers.set(name_, String(value));
  const response = await fake.fetch(
    new Request(origin + incoming.url, {
      method: incoming.method,
      headers,
      ...(body.length > 0 && { body }),
    }),
  );
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  for await (const chunk of response.body ?? []) outgoing.write(chunk);
  outgoing.end();
}

/**
 * A CA of its own and a configuration of kind intune.
 * @param {string} template id of the certificate template
 */
export async function provisionFleet(baseUrl, { apiKey, tenant }, template, { fake, origin }) {
  const directory = fake.tenant();
  const api = createApi(baseUrl, apiKey);
  const of = (resource) => `tenants/${tenant}/${resource}`;
  const { id: authority } = await api.post(of("certificate-authorities"), {
    name: `Fleet CA ${directory.unit}`,
    subject: `CN=Fleet CA ${directory.unit},O=Bench`,
    keyAlgorithm: "RSA-2048",
  });
  const { id: intuneConnection } = await api.post(of("intune-connections"), {
    name: `Fleet ${directory.unit}`,
    cloud: "custom",
    ...directory.credentials,
    endpoints: {
      login: origin,
      graph: origin,
      intuneResource: "https://api.manage.microsoft.com/",
      serviceHosts: ["127.0.0.1"],
    },
  });
  const configuration = `fleet-${directory.unit}`;
  await api.post(of("scep-configurations"), {
    name: configuration,
    kind: "intune",
    certificateAuthority: authority,
    certificateTemplate: template,
    intuneConnection,
    allowPlainHttp: true,
  });
  await api.post(of(`scep-configurations/${configuration}/enrolment-agent`));
  const { url } = await api.patch(of(`scep-configurations/${configuration}`), { enabled: true });
  return { url, authority, directory };
}

/** A maker of messages as Intune's devices send them: each with a challenge for its own names. */
export async function fleetMessageMaker(url, { fake }, directory, keys) {
  const recipient = findAgent(await getCACert(fetch, url));
  const signers = keys.map((key) => selfSigned(key));
  let made = 0;
  return () => {
    const signer = signers[made++ % signers.length];
    const id = randomUUID();
    const challenge = fake.challenge(directory, { subject: ["O=Fleet", `CN=${id}`] });
    return buildPkiMessage({
      recipient,
      signer,
      transactionID: id.toUpperCase(),
      request: { key: signer.key, subject: name("O=Fleet", `CN=${id}`), challenge },
    });
  };
}
