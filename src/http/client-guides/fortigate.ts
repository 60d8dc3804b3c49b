/** FortiGate: in its pages or on its command line. Its SCEP client knows plain HTTP only. */
import type { Revealed } from "../../administration/redemption.ts";
import { attributesOf, deviceName, filledDnsName, nicknameOf } from "./filled-names.ts";
import type { Guide } from "./guide.ts";
import { needsPlainHttp } from "./plain-http.ts";

const word = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
const typeNames = { dns: "DNS", email: "email", ip: "IP", uri: "URI", upn: "UPN" } as const;

export function fortigateGuide(revealed: Revealed): Guide {
  const { httpUrl, challenge, subjectAltNames } = revealed;
  const guide = { id: "fortigate", name: "FortiGate" };
  if (httpUrl === undefined) return { ...guide, introduction: needsPlainHttp, steps: [] };
  const nickname = nicknameOf(revealed);
  const attributes = attributesOf(revealed, deviceName);
  const value = (name: string) =>
    attributes.find((attribute) => attribute.name === name)?.value ?? "";
  const names = subjectAltNames.map(
    ({ type, value: text }) => `${typeNames[type]}:${filledDnsName(text, deviceName)}`,
  );
  const fields = ["CN", "C", "ST", "L", "O", "OU", "emailAddress"].map((name) => word(value(name)));
  return {
    ...guide,
    introduction: `Put the appliance's name where it says ${deviceName}.`,
    steps: [
      {
        title: "On the command line",
        command: [
          `execute vpn certificate ca import auto ${word(httpUrl)}`,
          [
            `execute vpn certificate local generate rsa ${word(nickname)} 2048`,
            ...fields,
            word(names.join(",")),
            word(httpUrl),
            word(challenge),
          ].join(" "),
        ].join("\n"),
        editable: true,
      },
      {
        title: "Or in its pages",
        text:
          `System > Certificates > Create/Import > Generate CSR. Certificate Name: ${nickname} (for display only). ` +
          `ID Type: Host IP, Domain Name or E-Mail, and its value as the common name: ${value("CN")}. ` +
          `Optional Information: as allowed above. Key Type: RSA, Key Size: 2048 bit. Enrollment Method: Online SCEP, ` +
          "with the CA Server URL (the HTTP one) and the Challenge Password from the top of this page.",
      },
      {
        title: "Let it renew by itself",
        command: [
          "config vpn certificate local",
          `    edit ${word(nickname)}`,
          "        set auto-regenerate-days 30",
          "        set auto-regenerate-days-warning 20",
          "    next",
          "end",
        ].join("\n"),
        editable: true,
      },
      {
        title: "Watch it",
        command: "diagnose debug application scep -1\ndiagnose debug enable",
      },
    ],
  };
}
