/** A device of the demo that enrols once, for suites that look at what came of it. For the Node suites only. */
import { addToken } from "./demo-api.ts";
import { demoConfiguration } from "./local-server.ts";
import {
  buildPkiMessage,
  extensions,
  generalName,
  name,
  rsaKeyPair,
  ScepClient,
  selfSigned,
} from "./scep-client/index.ts";

/** @param challenge absent: a good one, made for it */
export async function enrolAtDemo(
  configuration: string,
  device: string,
  challenge?: string,
): Promise<void> {
  const client = new ScepClient(fetch, demoConfiguration(configuration).url);
  const key = rsaKeyPair();
  await client.send(
    buildPkiMessage({
      recipient: await client.agent(),
      signer: selfSigned(key),
      transactionID: `browser-${device}`,
      request: {
        ...{ key, subject: name("O=Demo", `CN=${device}`) },
        challenge: challenge ?? (await addToken(configuration)),
        extensions: [extensions.subjectAltName(generalName.dns(`${device}.demo.test`))],
      },
    }),
  );
}
