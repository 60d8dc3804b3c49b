/** SonicWall: in its pages, over plain HTTP. */
import type { Revealed } from "../../administration/redemption.ts";
import { attributesOf, deviceName, filledDnsName } from "./filled-names.ts";
import type { Guide } from "./guide.ts";
import { needsPlainHttp } from "./plain-http.ts";

export function sonicwallGuide(revealed: Revealed): Guide {
  const { httpUrl, challenge, subjectAltNames } = revealed;
  const guide = { id: "sonicwall", name: "SonicWall" };
  if (httpUrl === undefined) return { ...guide, introduction: needsPlainHttp, steps: [] };
  const subject = attributesOf(revealed, deviceName).map(({ name, value }) => `${name}: ${value}`);
  const names = subjectAltNames.map(
    ({ type, value }) => `${type}: ${filledDnsName(value, deviceName)}`,
  );
  return {
    ...guide,
    introduction: `Put the appliance's full name where it says ${deviceName}.`,
    steps: [
      {
        title: "Make a signing request on the appliance",
        text: "Device > Settings > Certificates > New Signing Request. Key: RSA 2048 with SHA-256.",
        command: [...subject, ...names.map((name) => `Subject Alternative Name, ${name}`)].join(
          "\n",
        ),
        editable: true,
      },
      {
        title: "Send it by SCEP",
        text: "On the same page choose SCEP for that request. Use the HTTP address: HTTPS fails on this appliance.",
        command: `CA URL: ${httpUrl}\nChallenge Password: ${challenge}`,
      },
      {
        title: "If the certificate does not appear",
        text: "This appliance wants the enrolment agent's certificate twice in the CA's answer, and signs with MD5 whatever is set: ask your administrator for a configuration with the SonicWall preset.",
      },
    ],
  };
}
