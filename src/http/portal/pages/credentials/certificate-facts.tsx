/** What a certificate says of itself, and what the inventory knows beside it. */
import type { Child } from "hono/jsx";
import type { NamedCertificate } from "../../../../administration/certificate-filter.ts";
import { findTemplate } from "../../../../administration/certificate-templates.ts";
import { findSignature } from "../../../../pki/algorithms.ts";
import { describeCertificate } from "../../../../pki/certificate-description.ts";
import type { CertificateStory } from "../../../../ports/certificate-inventory.ts";
import { extendedKeyUsageNames } from "../../../api/extended-key-usages.ts";
import { AlternativeNames, ForeignName } from "../../components/names.tsx";
import { type Fact, Facts, Time } from "../../components/values.tsx";
import type { TenantVisit } from "../../visit.ts";
import { configurationPath } from "../configuration/shared.tsx";
import { templatesPath } from "../templates/templates.tsx";
import { CertificateState } from "./certificate-state.tsx";
import { transactionSearch } from "./transactions.tsx";

export async function CertificateFacts({
  visit,
  story: { record, renewalOf, renewedBy },
}: {
  visit: TenantVisit<"certificate.read">;
  story: CertificateStory & { readonly record: NamedCertificate };
}) {
  const said = visit.texts.certificates;
  const now = visit.dependencies.clock.now();
  const relatives = (label: string, serials: readonly string[]): Fact[] =>
    serials.length === 0
      ? []
      : [
          [
            label,
            serials.map((serial) => (
              <>
                <a href={visit.href(`/certificates/${serial}`)}>
                  <code>{serial}</code>
                </a>{" "}
              </>
            )),
          ],
        ];
  const facts: Fact[] = [
    [said.state, <CertificateState certificate={record} now={now} />],
    ...revocationFacts(visit, record),
    [said.serial, <code>{record.serialNumberHex}</code>],
    [said.from, <Time at={record.notBefore} />],
    [said.until, <Time at={record.notAfter} />],
    ...(record.certificateDer ? await ownFacts(visit, record.certificateDer) : []),
    [said.purpose, said.purposes[record.purpose]],
    [said.configuration, configurationOf(visit, record)],
    ...(await originFacts(visit, record)),
    ...relatives(said.renewalOf, renewalOf),
    ...relatives(said.renewedBy, renewedBy),
  ];
  return <Facts facts={facts} />;
}

function revocationFacts(
  { texts: { certificates: said } }: TenantVisit<"certificate.read">,
  { revocation, delivery }: NamedCertificate,
): Fact[] {
  const facts: Fact[] = [];
  if (revocation)
    facts.push(
      [said.revokedAt, <Time at={revocation.at} />],
      [said.reason, `${said.reasons[revocation.reason]} (${revocation.reason})`],
    );
  if (delivery) facts.push([said.delivery, said.deliveries[delivery]]);
  return facts;
}

/** Read from its own octets. */
async function ownFacts(
  { texts: { certificates: said, common } }: TenantVisit<"certificate.read">,
  der: Uint8Array,
): Promise<Fact[]> {
  const description = await describeCertificate(der);
  const purposes = description.extendedKeyUsage.map((oid) => extendedKeyUsageNames.get(oid) ?? oid);
  return [
    [said.names, <AlternativeNames names={description.subjectAlternativeNames} />],
    [said.issuer, <ForeignName name={description.issuer} />],
    [said.keyUsage, description.keyUsage.join(", ") || common.none],
    [said.extendedKeyUsage, purposes.join(", ") || common.none],
    [said.signature, signatureOf(description.signatureAlgorithm)],
    [said.fingerprint, <code>{description.sha256Fingerprint}</code>],
  ];
}

function signatureOf(oid: string): string {
  const known = findSignature(oid);
  return known ? `${known.digest}, ${known.key}` : oid;
}

const configurationOf = (
  visit: TenantVisit<"certificate.read">,
  { configurationName }: NamedCertificate,
): Child =>
  configurationName !== undefined && visit.may("configuration.read") ? (
    <a href={visit.href(configurationPath(configurationName))}>{configurationName}</a>
  ) : (
    configurationName
  );

async function originFacts(
  visit: TenantVisit<"certificate.read">,
  { transactionID, tokenId, template }: NamedCertificate,
): Promise<Fact[]> {
  const said = visit.texts.certificates;
  const facts: Fact[] = [];
  if (transactionID !== undefined)
    facts.push([
      said.transaction,
      <a href={visit.href(transactionSearch(transactionID))}>
        <ForeignName name={transactionID} />
      </a>,
    ]);
  if (tokenId !== undefined)
    facts.push([
      said.token,
      visit.may("token.read") ? <a href={visit.href(`/tokens/${tokenId}`)}>{tokenId}</a> : tokenId,
    ]);
  if (template) facts.push([said.template, await templateOf(visit, template)]);
  return facts;
}

async function templateOf(
  visit: TenantVisit<"certificate.read">,
  { id, version }: NonNullable<NamedCertificate["template"]>,
): Promise<Child> {
  const access = visit.permit("template.read");
  const found = access.ok && (await findTemplate(visit.dependencies, access.value, id));
  const shown =
    found && found.ok ? (
      <a href={visit.href(`${templatesPath}/${id}`)}>{found.value.name}</a>
    ) : (
      <code>{id}</code>
    );
  return (
    <>
      {shown}, {visit.texts.certificates.templateVersion(version)}
    </>
  );
}
