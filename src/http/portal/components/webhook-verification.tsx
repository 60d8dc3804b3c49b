/** What a receiver of webhooks needs to know of their signature: tenants have the portal and no documents of ours. */
import { texts } from "../texts/texts.ts";
import { Facts } from "./values.tsx";

const example = `const { createHmac, timingSafeEqual } = require("node:crypto");

function isGenuine(secret, headers, rawBody) {
  const id = headers["webhook-id"];
  const at = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - Number(at)) < 300)) return false;
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const mac = createHmac("sha256", key)
    .update(\`\${id}.\${at}.\`)
    .update(rawBody)
    .digest("base64");
  const right = Buffer.from("v1," + mac);
  return headers["webhook-signature"].split(" ").some((one) => {
    const given = Buffer.from(one);
    return given.length === right.length && timingSafeEqual(given, right);
  });
}`;

export const WebhookVerification = ({ open = false }: { open?: boolean }) => {
  const said = texts.webhooks;
  return (
    <details open={open}>
      <summary>{said.verify}</summary>
      <p>{said.verifyLead}</p>
      <Facts
        facts={Object.entries(said.verifyParts).map(([header, meaning]) => [
          <code>{header}</code>,
          meaning,
        ])}
      />
      <p>{said.verifyKey}</p>
      <p>{said.verifyExample}</p>
      <pre tabindex={0}>{example}</pre>
    </details>
  );
};
