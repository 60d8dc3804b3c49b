/** One certificate: what it says, what happened to it, its files, and its revocation. */
import type { Child } from "hono/jsx";
import { chainOfCertificate } from "../../../../administration/certificate-chain.ts";
import type { NamedCertificate } from "../../../../administration/certificate-filter.ts";
import {
  releaseCertificate,
  revokeCertificate,
} from "../../../../administration/certificate-revocation.ts";
import { findCertificate, tellCertificateStory } from "../../../../administration/certificates.ts";
import { conflict, invalid } from "../../../../administration/refusal.ts";
import { toPem } from "../../../../pki/bytes.ts";
import { revocationReasons } from "../../../../ports/certificate-revocation.ts";
import { ConfirmButton } from "../../components/confirm.tsx";
import { Details, Subject } from "../../components/names.tsx";
import { Time } from "../../components/values.tsx";
import { tenantPage, type View } from "../../route.ts";
import { texts } from "../../texts/texts.ts";
import { type TenantVisit, valueOf } from "../../visit.ts";
import { AuthorisationFacts } from "./authorisation.tsx";
import { CertificateFacts } from "./certificate-facts.tsx";
import { certificatesPath } from "./certificates.tsx";

const path = `${certificatesPath}/:serial`;

type CertificateVisit = TenantVisit<"certificate.read">;

/** Serial numbers are pasted from everywhere: `openssl` writes them in capitals, Windows with spaces. */
const serialOf = (visit: CertificateVisit | TenantVisit<"certificate.revoke">): string =>
  visit
    .parameter("serial")
    .toLowerCase()
    .replaceAll(/[^0-9a-f]/g, "");

export const certificatePage = [
  tenantPage("get", path, ["certificate.read"], (visit) => detail(visit)),
  tenantPage("get", `${path}/certificate.der`, ["certificate.read"], async (visit) =>
    file(visit, await derOf(visit), "application/pkix-cert", "der"),
  ),
  tenantPage("get", `${path}/certificate.pem`, ["certificate.read"], async (visit) =>
    file(visit, toPem("CERTIFICATE", await derOf(visit)), "application/x-pem-file", "pem"),
  ),
  tenantPage("get", `${path}/chain.pem`, ["certificate.read"], async (visit) => {
    const serial = serialOf(visit);
    const chain = valueOf(await chainOfCertificate(visit.dependencies, visit.access, serial));
    const pem = chain.map((der) => toPem("CERTIFICATE", der)).join("");
    return file(visit, pem, "application/x-pem-file", "chain.pem");
  }),
  tenantPage("post", `${path}/revoke`, ["certificate.revoke"], async (visit) => {
    const reason = (await visit.fields()).choice("reason", revocationReasons);
    if (reason === undefined) return valueOf(invalid("reason", "Choose a reason."));
    const serial = serialOf(visit);
    valueOf(await revokeCertificate(visit.dependencies, visit.access, serial, reason));
    const notice = reason === "certificateHold" ? "certificate-held" : "certificate-revoked";
    return visit.redirect(visit.href(`${certificatesPath}/${serial}`), notice);
  }),
  tenantPage("post", `${path}/release`, ["certificate.revoke"], async (visit) => {
    const serial = serialOf(visit);
    valueOf(await releaseCertificate(visit.dependencies, visit.access, serial));
    return visit.redirect(visit.href(`${certificatesPath}/${serial}`), "certificate-released");
  }),
];

async function derOf(visit: CertificateVisit): Promise<Uint8Array> {
  const found = valueOf(await findCertificate(visit.dependencies, visit.access, serialOf(visit)));
  return found.certificateDer ?? valueOf(conflict(texts.certificates.never));
}

const file = (visit: CertificateVisit, body: Uint8Array | string, type: string, ending: string) =>
  new Response(body, {
    headers: {
      "content-type": type,
      "content-disposition": `attachment; filename="${serialOf(visit)}.${ending}"`,
    },
  });

async function detail(visit: CertificateVisit): Promise<View> {
  const said = visit.texts.certificates;
  const serial = serialOf(visit);
  const told = valueOf(await tellCertificateStory(visit.dependencies, visit.access, serial));
  const { record, events, authorisation } = told;
  const here = visit.href(`${certificatesPath}/${record.serialNumberHex}`);
  const download = (name: string, label: string) => (
    <a class="button" href={`${here}/${name}`}>
      {label}
    </a>
  );
  return {
    title: said.detailTitle,
    trail: [{ label: said.title, href: visit.href(certificatesPath) }],
    actions: visit.may("certificate.revoke") && <Revocation base={here} certificate={record} />,
    content: (
      <>
        <section class="card">
          <h2>
            <Subject subject={record.subject} />
          </h2>
          {await CertificateFacts({ visit, story: told })}
          {record.certificateDer ? (
            <div class="decide" role="group" aria-label={said.download}>
              <span class="quiet">{said.download}</span>
              {download("certificate.pem", said.downloadPem)}
              {download("certificate.der", said.downloadDer)}
              {download("chain.pem", said.downloadChain)}
            </div>
          ) : (
            <p class="warning">{said.never}</p>
          )}
        </section>
        <h2>{said.story}</h2>
        <ol class="timeline">
          {events.map(({ at, event, details }) => (
            <li>
              <h3>
                {said.events[event] ?? event}{" "}
                <small>
                  <Time at={at} />
                </small>
              </h3>
              <Details details={details} />
            </li>
          ))}
        </ol>
        <h2>{said.authorisation}</h2>
        <div class="card">
          <AuthorisationFacts visit={visit} authorisation={authorisation} />
        </div>
      </>
    ),
  };
}

/** What is still possible: a final revocation is not undone. */
const Revocation = ({ base, certificate }: { base: string; certificate: NamedCertificate }) => {
  const said = texts.certificates;
  const onHold = certificate.status === "on-hold";
  if (certificate.status === "revoked") return null;
  const reasons = revocationReasons.filter((reason) => !(onHold && reason === "certificateHold"));
  const release: Child = onHold && (
    <form method="post" action={`${base}/release`}>
      <button type="submit">{said.release}</button>
    </form>
  );
  return (
    <>
      {release}
      <ConfirmButton
        id="revoke"
        action={`${base}/revoke`}
        label={said.revoke}
        title={said.revokeTitle}
        text={said.revokeText}
      >
        <div class="field">
          <label for="revocation-reason">{said.revocationReason}</label>
          <select id="revocation-reason" name="reason" required>
            {reasons.map((reason) => (
              <option value={reason}>{`${said.reasons[reason]} (${reason})`}</option>
            ))}
          </select>
        </div>
      </ConfirmButton>
    </>
  );
};
