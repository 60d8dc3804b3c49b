/** The page of one CA: its certificate, what everybody may read of it, what it waits for, and its end. */
import { describePublishedCrl } from "../../../../administration/authority-publication.ts";
import {
  retireCertificateAuthority,
  revokeCertificateAuthority,
} from "../../../../administration/authority-retirement.ts";
import {
  findCertificateAuthority,
  listCertificateAuthorities,
} from "../../../../administration/certificate-authorities.ts";
import {
  certificationRequestOf,
  installOutsideCertificate,
} from "../../../../administration/external-authorities.ts";
import { mayBeFollowed } from "../../../../administration/authority-succession.ts";
import { isWithdrawn } from "../../../../administration/successor-withdrawal.ts";
import { publicationPaths } from "../../../../ca/publication-addresses.ts";
import { toHex, toPem } from "../../../../pki/bytes.ts";
import { describeCertificate } from "../../../../pki/certificate-description.ts";
import type { CertificateAuthorityEntry } from "../../../../ports/certificate-authority-directory.ts";
import { ConfirmButton } from "../../components/confirm.tsx";
import { FileField, Form, type FormState, freshForm, SelectField } from "../../components/form.tsx";
import { ButtonTo } from "../../components/navigation.tsx";
import { Badge, type Fact, Facts, Time } from "../../components/values.tsx";
import { everyItem } from "../../every-item.ts";
import { errorsOf } from "../../fields.ts";
import { tenantPage, type View } from "../../route.ts";
import { type TenantVisit, valueOf } from "../../visit.ts";
import { authoritiesPath, AuthorityState, mayChange } from "./authorities.tsx";
import { successorHref } from "./successor.tsx";
import { certificateInPem } from "./certificate-file.ts";

const base = `${authoritiesPath}/:id`;

const reasons = [
  "unspecified",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "privilegeWithdrawn",
] as const;

type Reading = TenantVisit<"authority.read">;

const pageOf = (visit: Reading): string =>
  visit.href(`${authoritiesPath}/${encodeURIComponent(visit.parameter("id"))}`);

export const authorityPages = [
  tenantPage("get", base, ["authority.read"], (visit) => show(visit, freshForm)),
  tenantPage("get", `${base}/request.csr`, ["authority.read"], async (visit) => {
    const { dependencies, access } = visit;
    const der = valueOf(await certificationRequestOf(dependencies, access, visit.parameter("id")));
    return visit.context.body(toPem("CERTIFICATE REQUEST", der), 200, {
      "content-type": "application/x-pem-file",
      "content-disposition": 'attachment; filename="certificate-authority.csr"',
    });
  }),
  tenantPage(
    "post",
    `${base}/certificate`,
    ["authority.read", "authority.manage"],
    async (visit) => {
      const fields = await visit.fields();
      const { dependencies, access } = visit;
      const installed = await installOutsideCertificate(
        dependencies,
        access,
        visit.parameter("id"),
        {
          certificate: certificateInPem(fields.optional("certificate")) ?? "",
          chain: certificateInPem(fields.optional("chain")),
        },
      );
      return installed.ok
        ? visit.redirect(pageOf(visit), "authority-installed")
        : show(visit, { fields, errors: errorsOf(installed.error) });
    },
  ),
  tenantPage("post", `${base}/retire`, ["authority.read", "authority.manage"], async (visit) => {
    const { dependencies, access } = visit;
    valueOf(await retireCertificateAuthority(dependencies, access, visit.parameter("id")));
    return visit.redirect(pageOf(visit), "authority-retired");
  }),
  tenantPage("post", `${base}/revoke`, ["authority.read", "authority.manage"], async (visit) => {
    const { dependencies, access } = visit;
    const reason = (await visit.fields()).choice("reason", reasons) ?? "unspecified";
    const id = visit.parameter("id");
    valueOf(await revokeCertificateAuthority(dependencies, access, id, reason));
    return visit.redirect(pageOf(visit), "authority-revoked");
  }),
];

async function show(visit: Reading, state: FormState): Promise<View> {
  const { dependencies, access } = visit;
  const { certificateAuthorities: said, succession: words } = visit.texts;
  const entry = valueOf(
    await findCertificateAuthority(dependencies, access, visit.parameter("id")),
  );
  const all = await everyItem((page) => listCertificateAuthorities(dependencies, access, page));
  const parent = all.find(({ id }) => id === entry.parentId);
  const changeable = mayChange(visit, entry);
  const link = ({ id, name }: CertificateAuthorityEntry) => (
    <a href={visit.href(`${authoritiesPath}/${id}`)}>{name}</a>
  );
  const below = all.filter(({ parentId }) => parentId === entry.id);
  const before = all.find(({ id }) => id === entry.predecessorId);
  const next = all.find((one) => one.predecessorId === entry.id && !isWithdrawn(one));
  return {
    title: entry.name,
    trail: [{ label: said.title, href: visit.href(authoritiesPath) }],
    status: state.errors.length > 0 ? 422 : 200,
    actions: (next || (changeable && mayBeFollowed(entry))) && (
      <ButtonTo href={successorHref(visit, entry.id)} label={next ? words.see : words.prepare} />
    ),
    content: (
      <>
        {changeable && entry.state === "awaiting-certificate" && (
          <Outside visit={visit} state={state} />
        )}
        <section class="card">
          <Facts
            facts={[
              [said.state, <AuthorityState visit={visit} entry={entry} />],
              [said.subject, entry.subject],
              [said.key, entry.keyAlgorithm],
              [said.issuer, parent ? link(parent) : issuerOf(visit, entry)],
              [said.origin, said.origins[entry.origin]],
              ...(entry.pathLength === undefined
                ? []
                : [[said.pathLength, entry.pathLength] as const]),
              ...constraintFacts(visit, entry),
              [said.id, <code>{entry.id}</code>],
              ...(before ? [[words.predecessor, link(before)] as const] : []),
              ...(next ? [[words.successor, link(next)] as const] : []),
              [said.below, below.length === 0 ? said.none : below.map((one) => <>{link(one)} </>)],
            ]}
          />
        </section>
        {entry.certificate && <Certificate visit={visit} entry={entry} />}
        {changeable && (entry.state === "ready" || entry.state === "retired") && (
          <End visit={visit} entry={entry} />
        )}
      </>
    ),
  };
}

const issuerOf = (
  { texts: { certificateAuthorities: said } }: Reading,
  { origin, externalChain }: CertificateAuthorityEntry,
): string => (origin === "external" || externalChain?.length ? said.outside : said.selfSigned);

function constraintFacts(
  { texts: { certificateAuthorities: said } }: Reading,
  { nameConstraints }: CertificateAuthorityEntry,
) {
  if (!nameConstraints) return [];
  const { permitted, excluded } = nameConstraints;
  const words = [
    ...permitted.map(({ type, value }) => `${said.permittedShort} ${type} ${value}`),
    ...excluded.map(({ type, value }) => `${said.excludedShort} ${type} ${value}`),
  ];
  return [[said.constraints, words.join("; ")] as const];
}

interface Shown {
  readonly visit: Reading;
  readonly entry: CertificateAuthorityEntry;
}

const Certificate = async ({ visit, entry }: Shown) => {
  const said = visit.texts.certificateAuthorities;
  const der = entry.certificate?.der ?? new Uint8Array();
  const shown = await describeCertificate(der);
  const sha1 = toHex(new Uint8Array(await crypto.subtle.digest("SHA-1", der)));
  const paths = publicationPaths(entry.id);
  const origin = entry.publicationOrigin ?? visit.dependencies.publicHttpOrigin;
  const address = (path: string) => <a href={path}>{origin + path}</a>;
  return (
    <>
      <section class="card">
        <h2>{said.caAddress}</h2>
        <Facts
          facts={[
            [said.serialNumber, <code>{shown.serialNumber}</code>],
            [said.validFrom, <Time at={shown.notBefore} />],
            [said.expires, <Time at={shown.notAfter} />],
            [said.sha1, <code>{sha1}</code>],
            [said.sha256, <code>{shown.sha256Fingerprint}</code>],
          ]}
        />
      </section>
      <section class="card">
        <h2>{said.publication}</h2>
        <Facts
          facts={[
            [said.publicPage, address(paths.page)],
            [said.caAddress, address(paths.certificate)],
            [said.crlAddress, address(paths.crl)],
            [said.ocspAddress, <code>{origin + paths.ocsp}</code>],
          ]}
        />
        <h3>{said.crlAddress}</h3>
        <Facts facts={await crlFacts(visit, entry)} />
      </section>
    </>
  );
};

async function crlFacts(
  visit: Reading,
  entry: CertificateAuthorityEntry,
): Promise<readonly Fact[]> {
  const said = visit.texts.certificateAuthorities;
  const crl = await describePublishedCrl(visit.dependencies, visit.access, entry);
  if (crl === undefined) return [[said.crlList, said.crlNone]];
  if (crl === "silent") return [[said.crlList, <Badge tone="bad" label={said.crlSilent} />]];
  const hasEnded = crl.nextUpdate <= visit.dependencies.clock.now();
  return [
    [said.crlNumber, crl.number],
    [said.crlMade, <Time at={crl.thisUpdate} />],
    [
      said.crlEnds,
      <>
        <Time at={crl.nextUpdate} /> {hasEnded && <Badge tone="bad" label={said.crlEnded} />}
      </>,
    ],
    [said.crlComplete, crl.isComplete ? said.crlHasAll : said.crlLacks],
  ];
}

const Outside = ({ visit, state }: { visit: Reading; state: FormState }) => {
  const said = visit.texts.certificateAuthorities;
  return (
    <section class="card">
      <h2>{said.requestTitle}</h2>
      <p>{said.requestLead}</p>
      <p>
        <a class="button primary" href={`${pageOf(visit)}/request.csr`}>
          {said.downloadRequest}
        </a>
      </p>
      <Form
        action={`${pageOf(visit)}/certificate`}
        state={state}
        submit={said.installCertificate}
        upload
      >
        <FileField name="certificate" label={said.signedCertificate} state={state} required />
        <FileField name="chain" label={said.chain} hint={said.chainHint} state={state} />
      </Form>
    </section>
  );
};

const End = ({ visit, entry }: Shown) => {
  const said = visit.texts.certificateAuthorities;
  return (
    <section class="card">
      <h2>{said.endTitle}</h2>
      <p class="quiet">{said.endLead}</p>
      <div class="row">
        {entry.state === "ready" && (
          <ConfirmButton
            id="retire"
            action={`${pageOf(visit)}/retire`}
            label={said.retire}
            title={said.retireTitle(entry.name)}
            text={said.retireText}
          />
        )}
        {entry.parentId !== undefined && (
          <ConfirmButton
            id="revoke"
            action={`${pageOf(visit)}/revoke`}
            label={said.revoke}
            title={said.revokeTitle(entry.name)}
            text={said.revokeText}
          >
            <SelectField
              name="reason"
              label={said.reason}
              state={freshForm}
              value="unspecified"
              required
              options={reasons.map((value) => ({ value, label: said.reasons[value] }))}
            />
          </ConfirmButton>
        )}
      </div>
    </section>
  );
};
