/** The public page of a CA: what its certificates are, and which file goes where. Needs nothing from elsewhere. */
import { html } from "hono/html";
import type { FC } from "hono/jsx";
import { publicationPaths } from "../ca/publication-addresses.ts";
import { toBase64 } from "../pki/bytes.ts";
import { sha256 } from "../pki/digest.ts";
import type { PublishedSuccessor } from "../ports/published-authority-store.ts";
import type { KnownAuthority } from "../publication/known-authorities.ts";
import { type ShownCertificate, showChain } from "../publication/published-chain.ts";

/** Phones have the table row by row, because names of files do not fit beside each other. */
const style =
  ":root{color-scheme:light dark;--line:light-dark(#d5dae0,#3d444d)}" +
  "body{font:17px/1.5 system-ui,sans-serif;max-width:52rem;margin:3rem auto;padding:0 1rem;color:light-dark(#1b1f24,#e6edf3);background:light-dark(#fff,#0d1117)}" +
  "h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2.2rem}code{font-family:ui-monospace,monospace}" +
  "h1,a,code,dd{overflow-wrap:anywhere}" +
  "a{color:light-dark(#0b5cad,#79b8ff)}dt{font-weight:600;margin-top:.6rem}dd{margin:.1rem 0 0}table{border-collapse:collapse;width:100%}" +
  "th,td{text-align:left;vertical-align:top;padding:.5rem .8rem .5rem 0;border-top:1px solid var(--line)}" +
  "article{border:1px solid var(--line);border-radius:8px;padding:.4rem 1rem 1rem;margin:1rem 0}" +
  "@media(max-width:30rem){thead{display:none}table,tbody,tr,th,td{display:block}td{border:0;padding-top:0}" +
  "td::before{content:attr(data-label);display:block;font-weight:600}}";

let styleHash: string | undefined;

/** A certificate with the address of its file. */
interface PublishedFile extends ShownCertificate {
  readonly file: string;
  readonly page?: string;
  /** What the browser calls the file. */
  readonly fileName: string;
}

export async function pkiPage(authority: KnownAuthority, maxAgeSeconds: number): Promise<Response> {
  const paths = publicationPaths(authority.id);
  const files = await publishedFiles(authority);
  const [own] = files;
  styleHash ??= toBase64(await sha256(new TextEncoder().encode(style)));
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`Certificates of ${commonNameOf(own?.subject ?? "")}`}</title>
        {/* As it is: the policy below names its digest. */}
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <main>
          <h1>{`Certificates of ${commonNameOf(own?.subject ?? "")}`}</h1>
          <p>
            Compare the fingerprints with those that your administrator gave you before you trust a
            certificate.
          </p>
          {files.map((certificate, index) => (
            <CertificateDetails certificate={certificate} place={placeOf(certificate, index)} />
          ))}
          <h2>All of them in one file</h2>
          <ul>
            <li>
              <a href={paths.chainPem}>chain.pem</a>, for servers and Linux
            </li>
            <li>
              <a href={paths.chainP7c}>chain.p7c</a>, for Windows and Java
            </li>
          </ul>
          <WhichFile files={files} />
          {authority.successor && (
            <Successor
              successor={authority.successor}
              files={await publishedFiles(authority.successor)}
              known={files}
            />
          )}
          <h2>Revocation</h2>
          <ul>
            <li>
              <a href={paths.crl}>Certificate revocation list</a> (CRL)
            </li>
            <li>
              OCSP at <code>{paths.ocsp}</code>
            </li>
          </ul>
        </main>
      </body>
    </html>
  );
  return new Response(String(await html`<!doctype html>${page}`), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      "cache-control": `max-age=${maxAgeSeconds}, public`,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}

const publishedFiles = async (
  authority: Pick<KnownAuthority, "id" | "chain">,
): Promise<readonly PublishedFile[]> =>
  (await showChain(authority)).map((certificate, index) => {
    const own =
      certificate.authorityId === undefined ? undefined : publicationPaths(certificate.authorityId);
    return {
      ...certificate,
      file: own?.certificate ?? `${publicationPaths(authority.id).page}chain/${index}.cer`,
      ...(own && index > 0 && { page: own.page }),
      fileName: fileNameOf(certificate),
    };
  });

/** What will be in force, or is by now, in this CA's place. */
const Successor: FC<{
  successor: PublishedSuccessor;
  files: readonly PublishedFile[];
  known: readonly PublishedFile[];
}> = ({ successor, files, known }) => {
  const { id, promoteAt, promotedAt } = successor;
  const fresh = files.filter(({ sha256: print }) => known.every((file) => file.sha256 !== print));
  const newRoot = fresh.some(({ root }) => root);
  return (
    <>
      <h2>{promotedAt ? "Another CA has taken its place" : "Its successor"}</h2>
      <p>
        {promotedAt
          ? `Since ${dayOf(promotedAt)} certificates are issued by another CA. Those from here stay valid until they end or are revoked.`
          : promoteAt
            ? `On ${dayOf(promoteAt)} another CA takes over.`
            : "Another CA will take over; the day is not fixed yet."}{" "}
        <a href={publicationPaths(id).page}>Page of that CA</a>.
      </p>
      <p>
        {newRoot
          ? "Its root is a new one: devices, and all that verify their certificates, must trust it before that day, beside the present one."
          : "Its root is the same: whoever trusts that trusts the new certificates too."}
      </p>
      {fresh.map((certificate) => (
        <CertificateDetails
          certificate={certificate}
          place={certificate.root ? "New root CA" : "New CA"}
        />
      ))}
    </>
  );
};

const placeOf = ({ root }: ShownCertificate, index: number): string =>
  index === 0 ? (root ? "This CA, a root" : "This CA") : root ? "Root CA" : "Intermediate CA";

const CertificateDetails: FC<{ certificate: PublishedFile; place: string }> = ({
  certificate,
  place,
}) => (
  <article data-sha256={certificate.sha256} data-sha1={certificate.sha1}>
    <h2>{place}</h2>
    <dl>
      <dt>Subject</dt>
      <dd>{certificate.subject}</dd>
      <dt>Valid</dt>
      <dd>
        from {dayOf(certificate.notBefore)} until {dayOf(certificate.notAfter)}
      </dd>
      <dt>SHA-1 fingerprint (Windows and Intune call it thumbprint)</dt>
      <dd>
        <code>{grouped(certificate.sha1)}</code>
      </dd>
      <dt>SHA-256 fingerprint</dt>
      <dd>
        <code>{grouped(certificate.sha256)}</code>
      </dd>
    </dl>
    <p>
      <a href={certificate.file} download={certificate.fileName}>
        Download {certificate.fileName}
      </a>
      {certificate.page !== undefined && (
        <>
          {" · "}
          <a href={certificate.page}>page of this CA</a>
        </>
      )}
    </p>
  </article>
);

const Files: FC<{ files: readonly PublishedFile[] }> = ({ files }) => (
  <>
    {files.map(({ file, fileName }, index) => (
      <>
        {index > 0 && ", "}
        <a href={file} download={fileName}>
          {fileName}
        </a>
      </>
    ))}
  </>
);

const trusted = "Trusted certificate profiles";
const inScepProfile = "In the SCEP certificate profile";

/** Trusted certificate profiles first, then what the SCEP profile names. */
const WhichFile: FC<{ files: readonly PublishedFile[] }> = ({ files }) => {
  const roots = files.slice(-1);
  const between = files.slice(0, -1);
  const issuing = files.slice(0, 1);
  return (
    <>
      <h2>Which file for which device</h2>
      <p>For trusted certificate profiles in Intune and other device management:</p>
      <table>
        <thead>
          <tr>
            <th scope="col">Devices</th>
            <th scope="col">{trusted}</th>
            <th scope="col">{inScepProfile}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Windows</th>
            <td data-label={trusted}>
              <Files files={roots} /> into "Computer certificate store - Root"
              {between.length > 0 && (
                <>
                  ; <Files files={between} /> into "Computer certificate store - Intermediate"
                </>
              )}
            </td>
            <td data-label={inScepProfile}>
              as root certificate the profile of the CA that issues: <Files files={issuing} />
            </td>
          </tr>
          <tr>
            <th scope="row">Apple (iOS, iPadOS, macOS)</th>
            <td data-label={trusted}>
              <Files files={roots} />
              {between.length > 0 && (
                <>
                  , and a profile for each CA below it: <Files files={between} />
                </>
              )}
            </td>
            <td data-label={inScepProfile}>
              as root certificate the profile of the root: <Files files={roots} />
            </td>
          </tr>
          <tr>
            <th scope="row">Android</th>
            <td data-label={trusted}>
              a profile for every CA of the chain: <Files files={files.toReversed()} />
            </td>
            <td data-label={inScepProfile}>all of these profiles</td>
          </tr>
        </tbody>
      </table>
    </>
  );
};

/** The first value of an RFC 4514 name, its most specific. */
const commonNameOf = (subject: string): string =>
  /^[^=]+=((?:\\.|[^,+\\])*)/.exec(subject)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? subject;

const fileNameOf = ({ subject, sha1 }: ShownCertificate): string => {
  const name = commonNameOf(subject)
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60);
  return `${name || sha1.slice(0, 8)}.cer`;
};

const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10);

const grouped = (hex: string): string => hex.toUpperCase().match(/../g)?.join(":") ?? "";
