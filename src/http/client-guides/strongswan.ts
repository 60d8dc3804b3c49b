/** strongSwan's `pki`: one command for the CAs, one for the certificate. Tested with 5.9.8. */
import type { Revealed } from "../../administration/redemption.ts";
import { attributesOf, filledDnsName, quoted } from "./filled-names.ts";
import type { Guide } from "./guide.ts";

export function strongswanGuide(revealed: Revealed): Guide {
  const { url, subjectAltNames, challenge } = revealed;
  const attributes = attributesOf(revealed, "");
  // An open common name is the last one.
  const subject = attributes.map(({ name, value }) => `${name}=${value}`).join(", ");
  const open = attributes.at(-1)?.value === "";
  const names = subjectAltNames.flatMap(({ type, value }) => {
    if (type === "uri" || type === "upn") return [];
    const filled = filledDnsName(value, "$DEVICE");
    return [`--san ${filled === value ? quoted(value) : `"$DEVICE"${quoted(value.slice(1))}`}`];
  });
  return {
    id: "strongswan",
    name: "strongSwan (pki)",
    steps: [
      {
        title: "Make a key",
        command: "pki --gen --type rsa --size 2048 --outform pem > device.key",
      },
      {
        title: "Fetch the certificates of the CA",
        text: "Compare the fingerprints that it prints with those of your administrator.",
        command: `pki --scepca --url ${quoted(url)} --caout ca.pem --raout ra.pem --outform pem --force`,
      },
      {
        title: "Ask for the certificate",
        text: "Change subject and alternative names to those of the device, within what is allowed above.",
        command: [
          `DEVICE="$(hostname -s)"`,
          `ISSUER="$(ls ca-1.pem 2>/dev/null || echo ca.pem)"`,
          [
            `pki --scep --url ${quoted(url)} --in device.key`,
            `--dn ${quoted(subject)}${open ? `"$DEVICE"` : ""}`,
            ...names,
            `--password ${quoted(challenge)}`,
            `--cacert-enc ra.pem --cacert-sig "$ISSUER" --cacert ca.pem`,
            "--outform pem > device.pem",
          ].join(" \\\n  "),
        ].join("\n"),
        editable: true,
      },
    ],
  };
}
