/** One device: its profile with a challenge from "Intune", its key and request, SCEP, and what Microsoft was asked meanwhile. */
import { createHash, randomUUID } from "node:crypto";
import {
  buildPkiMessage,
  extensions,
  generalName,
  name,
  oids,
  rsaKeyPair,
  ScepClient,
  selfSigned,
} from "../../test/support/scep-client/index.ts";
import { localState, readJson } from "../local-state.mjs";
import { bold, command, cyan, dim, green, red, Sentence } from "../terminal.mjs";

async function main() {
  const state = localState();
  const dev = readJson(state.devFile);
  const configuration = dev?.configurations.find(({ kind }) => kind === "intune");
  if (!dev?.microsoft || !configuration)
    throw new Sentence('There is no demo to enrol at. Run "npm start" in another terminal first.');
  const cloud = controlOf(dev.microsoft.origin);
  const before = (await cloud("log")).calls.length;

  const device = randomUUID();
  console.log(`${bold("A Windows device")} ${dim(device)} gets its SCEP profile from Intune:`);
  const subject = [`CN=${device}`];
  const { challenge } = await cloud("challenge", {
    directoryId: dev.microsoft.directoryId,
    expected: {
      ...{ device, subject, san: [`dns:${device}`], keyBits: 2048 },
      keyUsage: ["digitalSignature", "keyEncipherment"],
      extendedKeyUsage: [oids.clientAuth],
    },
  });
  console.log(`  subject CN={{AAD_DEVICE_ID}}, DNS {{AAD_DEVICE_ID}}, Client Authentication`);
  console.log(`  a challenge of ${challenge.length} characters, good for 60 minutes\n`);

  // Windows appends this to whatever address the profile has.
  const url = `${configuration.url}/pkiclient.exe`;
  const client = new ScepClient(fetch, url);
  const capabilities = await (await fetch(`${url}?operation=GetCACaps&message=x`)).text();
  console.log(`GetCACaps     ${dim(capabilities.trim().split(/\s+/).join(" "))}`);
  const chain = await client.chain();
  console.log(
    `GetCACert     ${dim(chain.map(({ subjectText }) => subjectText.join(",")).join(" | "))}`,
  );

  const key = rsaKeyPair();
  const message = buildPkiMessage({
    recipient: await client.agent(),
    signer: selfSigned(key),
    transactionID: createHash("sha1").update(key.spki).digest("hex"),
    request: {
      ...{ key, subject: name(...subject), challenge },
      extensions: [
        extensions.keyUsage("digitalSignature", "keyEncipherment"),
        extensions.extendedKeyUsage(oids.clientAuth),
        extensions.subjectAltName(generalName.dns(device)),
      ],
    },
  });
  const answer = await client.send(message);
  console.log(
    `PKIOperation  ${answer.pkiStatus === "SUCCESS" ? green("SUCCESS") : red(answer.pkiStatus)}`,
  );

  console.log(`\n${bold("What Microsoft was asked meanwhile")}`);
  const { calls, violations } = await cloud("log");
  for (const { hop, status, activityId } of calls.slice(before))
    console.log(`  ${meaning[hop] ?? hop} ${dim(`HTTP ${status}, activity ${activityId}`)}`);
  if (violations.length > 0)
    throw new Sentence(`Against Microsoft's rules: ${violations.join("; ")}`);
  if (answer.pkiStatus !== "SUCCESS")
    throw new Sentence(`The device got no certificate: ${answer.failInfo ?? answer.pkiStatus}`);

  const [certificate] = answer.certificates;
  console.log(`\n${bold("The certificate")}`);
  console.log(`  subject       ${certificate.subjectText.join(", ")}`);
  console.log(`  serial number ${cyan(certificate.serialNumberHex)}`);
  console.log(`  valid until   ${certificate.notAfter.toISOString()}`);
  console.log(dim(`\nThe timeline of this request: ${dev.portalUrl}, or npm run tail.`));
}

const meaning = {
  "login-graph": "token for Microsoft Graph     ",
  graph: "where Intune's services are   ",
  "login-intune": "token for Intune              ",
  validate: "validateRequest, the whole CSR",
  success: "successNotification           ",
  failure: "failureNotification           ",
};

const controlOf = (origin) => async (what, wishes) => {
  const response = await fetch(`${origin}/__fake/${what}`, {
    method: "POST",
    body: JSON.stringify(wishes ?? {}),
  });
  if (!response.ok)
    throw new Sentence(`The fake of Microsoft's cloud answered ${response.status}.`);
  return await response.json();
};

await command(main);
