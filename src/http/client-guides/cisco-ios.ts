/** Cisco IOS and IOS-XE: a trustpoint. */
import type { Revealed } from "../../administration/redemption.ts";
import { attributesOf, deviceName, nicknameOf } from "./filled-names.ts";
import type { Guide } from "./guide.ts";

/** Its own spelling of an attribute type. */
const typeNames: Readonly<Record<string, string>> = { emailAddress: "E" };

export function ciscoIosGuide(revealed: Revealed): Guide {
  const { url, httpUrl, challenge } = revealed;
  const nickname = nicknameOf(revealed);
  const subject = attributesOf(revealed, deviceName)
    .toReversed()
    .map(({ name, value }) => `${typeNames[name] ?? name}=${value}`)
    .join(",");
  return {
    id: "cisco-ios",
    name: "Cisco IOS and IOS-XE",
    introduction: `Put the device's name where it says ${deviceName}.`,
    steps: [
      {
        title: "Make a key and a trustpoint",
        command: [
          "configure terminal",
          `crypto key generate rsa modulus 2048 label ${nickname}`,
          `crypto pki trustpoint ${nickname}`,
          ` enrollment mode ra`,
          ` enrollment url ${httpUrl ?? url}`,
          ` subject-name ${subject}`,
          ` password ${challenge}`,
          ` rsakeypair ${nickname}`,
          " hash sha256",
          " auto-enroll 70",
          "exit",
        ].join("\n"),
        editable: true,
      },
      {
        title: "Accept the CA and ask for the certificate",
        text: "Compare the fingerprint that the first command shows with that of your administrator.",
        command: `crypto pki authenticate ${nickname}\ncrypto pki enroll ${nickname}`,
      },
    ],
  };
}
