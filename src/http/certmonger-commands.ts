/** Commands for certmonger, filled in from what a token allows. Pure text; the page escapes it for HTML. */
import type { Revealed } from "../administration/redemption.ts";

export interface CertmongerCommands {
  readonly install: string;
  readonly addAuthority: string;
  readonly request: string;
  readonly watch: string;
}

/** In single quotes the shell changes nothing; a single quote itself has to step outside. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** `getcert request` has no option for a URI. */
const optionOfType = { dns: "-D", email: "-E", ip: "-A", upn: "-K" } as const;

export function certmongerCommands({
  url,
  configurationName,
  subject,
  subjectAltNames,
  challenge,
}: Revealed): CertmongerCommands {
  const nickname = configurationName.replaceAll(/[^A-Za-z0-9._-]/g, "-");
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
    install:
      "apt-get install certmonger || dnf install certmonger\nsystemctl enable --now certmonger",
    addAuthority: `getcert add-scep-ca -c ${nickname} -u ${quoted(url)}`,
    request: request.join(" \\\n  "),
    watch: `getcert list -i ${nickname}`,
  };
}
