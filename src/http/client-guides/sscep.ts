/** sscep: the request comes from OpenSSL, with the challenge in it. Plain HTTP only. */
import type { Revealed } from "../../administration/redemption.ts";
import { attributesOf, deviceName, filledDnsName, quoted } from "./filled-names.ts";
import type { Guide } from "./guide.ts";
import { needsPlainHttp } from "./plain-http.ts";

const fieldOfType = { dns: "DNS", email: "email", ip: "IP", uri: "URI" } as const;

/** `\`, `$`, `#` and quotes mean something in a configuration file of OpenSSL. */
const escaped = (value: string): string => value.replaceAll(/[\\$#"'`]/g, String.raw`\$&`);

export function sscepGuide(revealed: Revealed): Guide {
  const { httpUrl, subjectAltNames, challenge } = revealed;
  const guide = { id: "sscep", name: "sscep" };
  if (httpUrl === undefined) return { ...guide, introduction: needsPlainHttp, steps: [] };
  const names = subjectAltNames.flatMap(({ type, value }) =>
    type === "upn" ? [] : [`${fieldOfType[type]}:${escaped(filledDnsName(value, deviceName))}`],
  );
  const configuration = [
    "[req]",
    "prompt = no",
    "distinguished_name = name",
    "attributes = attributes",
    ...(names.length > 0 ? ["req_extensions = extensions"] : []),
    "[name]",
    // Numbered, because a name of the field may stand there twice.
    ...attributesOf(revealed, deviceName).map(
      ({ name, value }, index) => `${index}.${name} = ${escaped(value)}`,
    ),
    "[attributes]",
    `challengePassword = ${challenge}`,
    ...(names.length > 0 ? ["[extensions]", `subjectAltName = ${names.join(", ")}`] : []),
  ];
  return {
    ...guide,
    steps: [
      {
        title: "Make a key and a request",
        text: `Put the device's name where it says ${deviceName}.`,
        command: [
          "cat > device.cnf <<'END'",
          ...configuration,
          "END",
          "openssl req -new -newkey rsa:2048 -nodes -keyout device.key -out device.csr -config device.cnf",
        ].join("\n"),
        editable: true,
      },
      {
        title: "Fetch the certificates of the CA",
        text: "The first file is the enrolment agent, the others are the CAs.",
        command: `sscep getca -u ${quoted(httpUrl)} -c ca.crt`,
      },
      {
        title: "Ask for the certificate",
        command: `sscep enroll -u ${quoted(httpUrl)} -k device.key -r device.csr -c ca.crt-0 -e ca.crt-0 -E aes -S sha256 -l device.crt`,
      },
    ],
  };
}
