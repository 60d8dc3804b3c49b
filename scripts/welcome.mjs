/** What a newcomer reads when the server is up: where things are, and lines to paste. */
import { relative } from "node:path";
import { bold, cyan, dim } from "./terminal.mjs";

/** Printed last; `npm test` waits for its closing words. */
export function welcome(dev, state) {
  const devices = dev.configurations.find(({ name }) => name === "devices");
  const url = dev.configurations.map(
    ({ name, url: address, challenge }) =>
      `  ${bold(name.padEnd(9))} ${address}\n` +
      (challenge === undefined ? "" : `            challenge ${cyan(challenge)}\n`),
  );
  const near = (path) => relative(process.cwd(), path) || ".";
  return `
${bold("Edge SCEP is running.")}

  Portal    ${cyan(dev.portalUrl)}
            ${dim("sign in as")} ${dev.people.map(({ mail, role }) => `${nameOf(mail)} ${dim(`(${role.replace("-", " ")})`)}`).join(", ")}
  REST API  ${dev.baseUrl}/api/v1/docs  ${dim(`operator key: "apiKey" in ${near(state.devFile)}`)}

${bold("SCEP configurations")} of the tenant ${dev.tenant.name} ${dim(dev.tenant.id)}
${url.join("")}
${bold("Enrol with certmonger")} ${dim("(apt-get install certmonger; its daemon must run)")}
${indent(certmonger(devices))}
${bold("Enrol with strongSwan")} ${dim("(apt-get install strongswan-pki libstrongswan-extra-plugins)")}
${indent(strongswan(devices))}
${bold("Enrol a simulated Intune device")} ${dim("(through a fake of Microsoft's cloud)")}
  npm run demo:intune

  Log       ${near(state.logFile)}   ${dim("one readable line per request: npm run tail")}
  All this  ${near(state.devFile)}

Ctrl-C stops everything.
`;
}

/** As the sign-in page shows them. */
const nameOf = (mail) => mail.charAt(0).toUpperCase() + mail.slice(1, mail.indexOf("@"));

const certmonger = ({ url, challenge }) => `\
sudo getcert add-scep-ca -c edge-scep-demo -u '${url}'
sudo getcert request -c edge-scep-demo -w -v -G rsa -g 2048 \\
  -k /etc/ssl/private/edge-scep-demo.key -f /etc/ssl/certs/edge-scep-demo.pem \\
  -N 'CN=laptop-1,O=Demo' -D laptop-1.demo.test -L '${challenge}'
sudo getcert list -f /etc/ssl/certs/edge-scep-demo.pem
`;

const strongswan = ({ url, challenge }) => `\
cd "$(mktemp -d)"
pki --gen --type rsa --size 2048 --outform pem > key.pem
pki --scepca --url '${url}' --caout ca.pem --raout ra.pem --outform pem
pki --scep --url '${url}' --in key.pem \\
  --dn 'O=Demo, CN=laptop-2' --san laptop-2.demo.test --password '${challenge}' \\
  --cacert-enc ra.pem --cacert-sig ca-1.pem --cacert ca.pem \\
  --outform pem > certificate.pem
openssl x509 -in certificate.pem -noout -subject -issuer -enddate
`;

const indent = (text) => text.replaceAll(/^(?=.)/gm, "  ");
