/** certmonger, which keeps asking, renews and tells who waits: the guide of choice on Linux. */
import type { Revealed } from "../../administration/redemption.ts";
import { nicknameOf, quoted } from "./filled-names.ts";
import type { Guide } from "./guide.ts";

/** `getcert request` has no option for a URI. */
const optionOfType = { dns: "-D", email: "-E", ip: "-A", upn: "-K" } as const;

export function certmongerGuide(revealed: Revealed): Guide {
  const { url, subject, subjectAltNames, challenge } = revealed;
  const nickname = nicknameOf(revealed);
  // The token may leave the common name open: then the machine's own name is the best guess.
  const named = /(^|,)CN=/i.test(subject);
  const wanted = named
    ? quoted(subject)
    : `"CN=$(hostname -f)"${subject === "" ? "" : quoted(`,${subject}`)}`;
  const names = subjectAltNames.flatMap(({ type, value }) => {
    if (type === "uri") return [];
    // "*.example.org" stands for any name below it; the request needs a real one.
    return [
      `${optionOfType[type]} ${value.startsWith("*.") ? `"$(hostname -s)"${quoted(value.slice(1))}` : quoted(value)}`,
    ];
  });
  const request = [
    `getcert request -c ${nickname} -I ${nickname}`,
    `-k /etc/ssl/private/${nickname}.key -f /etc/ssl/certs/${nickname}.pem`,
    `-N ${wanted}`,
    ...names,
    `-L ${quoted(challenge)}`,
  ];
  return {
    id: "certmonger",
    name: "Certmonger",
    steps: [
      {
        title: "Install Certmonger",
        command:
          "apt-get install certmonger || dnf install certmonger\nsystemctl enable --now certmonger",
      },
      {
        title: "Add the Certificate Authority",
        command: `getcert add-scep-ca -c ${nickname} -u ${quoted(url)}`,
      },
      {
        title: "Submit a Certificate Request",
        text: "Change subject and alternative names to those of the device, within what is allowed above.",
        command: request.join(" \\\n  "),
        editable: true,
      },
      {
        title: "Watch it arrive",
        text: "Certmonger renews the certificate by itself before it ends.",
        command: `getcert list -i ${nickname}`,
      },
    ],
  };
}
