/** What would this request get? By the very code that enrols; nothing is authorised, recorded or issued. */
import { nameConstraintsOf, parseLine } from "../ca/certification-path.ts";
import type { CertificateTemplate } from "../ca/certificate-template.ts";
import { applyTemplate, type RequestedCertificate } from "../ca/end-entity.ts";
import { type Validity, validityFrom } from "../ca/issuance.ts";
import { checkNameConstraints } from "../ca/name-constraints.ts";
import type { CertificateRefusal } from "../ca/refusal.ts";
import { requestWarnings } from "../ca/request-warnings.ts";
import type { DigestName } from "../pki/algorithms.ts";
import { fromBase64 } from "../pki/bytes.ts";
import {
  type CertificationRequest,
  parseCertificationRequest,
} from "../pki/certification-request.ts";
import type { NameConstraints } from "../pki/name-constraints.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { decoded } from "./decoded.ts";
import type { Needs } from "./dependencies.ts";
import { conflict, invalid, notFound, type Outcome } from "./refusal.ts";

export interface PreviewInput {
  /** PKCS #10 as PEM or as base64 of its DER. */
  readonly request: string;
  /** Id or name; absent: the configuration's, if one is named. */
  readonly certificateAuthority?: string | undefined;
  /** Name; its digests, its CA and its kind are then those of the preview. */
  readonly scepConfiguration?: string | undefined;
}

interface PreviewedCertificate {
  readonly requested: RequestedCertificate;
  readonly validity: Validity;
}

export interface TemplatePreview {
  readonly template: CertificateTemplate;
  /** Exactly one of these two. */
  readonly certificate?: PreviewedCertificate;
  readonly refusal?: CertificateRefusal;
  readonly warnings: readonly string[];
}

/** Where no configuration is named: what the most lenient of the ordinary ones accepts. */
const ordinaryDigests: readonly DigestName[] = ["SHA-256", "SHA-384", "SHA-512", "SHA-1"];
const noEnd = Number.MAX_SAFE_INTEGER;

export async function previewTemplate(
  dependencies: Needs<"templates" | "configurations" | "authorityDirectory" | "clock">,
  access: TenantAccess<"template.read">,
  idOrName: string,
  input: PreviewInput,
): Promise<Outcome<TemplatePreview>> {
  const template = await dependencies.templates.findTemplate(access.tenantId, idOrName);
  if (!template) return notFound("certificate template");
  const request = readRequest(input.request);
  if (!request.ok) return request;
  const setting = await findSetting(dependencies, access, input);
  if (!setting.ok) return setting;
  const { digests, validatedByIntune, authorityEndSeconds, nameConstraints } = setting.value;

  const context = { validatedByIntune };
  const requested = await applyTemplate(request.value, template, digests, context);
  if (!requested.ok) return ok({ template, refusal: requested.error, warnings: [] });
  const { subject, subjectAltNames } = requested.value;
  const within = checkNameConstraints(subject, subjectAltNames, nameConstraints);
  if (!within.ok) return ok({ template, refusal: within.error, warnings: [] });
  const validity = validityFrom(
    Math.floor(dependencies.clock.now().getTime() / 1000),
    requested.value.content,
    { notAfterSeconds: authorityEndSeconds },
  );
  return ok({
    template,
    certificate: { requested: requested.value, validity },
    warnings: [
      ...requestWarnings(request.value, template, requested.value),
      ...(validity.notAfterSeconds === authorityEndSeconds
        ? ["The certificate ends with its certificate authority, earlier than it would else."]
        : []),
      ...(validatedByIntune ? ["Intune has not been asked: it decides when a device asks."] : []),
    ],
  });
}

function readRequest(text: string): Outcome<CertificationRequest> {
  const base64 = text.replaceAll(/-----(BEGIN|END) (NEW )?CERTIFICATE REQUEST-----/g, "");
  return decoded("request", () => parseCertificationRequest(fromBase64(base64)));
}

interface Setting {
  readonly digests: readonly DigestName[];
  readonly validatedByIntune: boolean;
  readonly authorityEndSeconds: number;
  readonly nameConstraints: readonly NameConstraints[];
}

async function findSetting(
  { configurations, authorityDirectory }: Needs<"configurations" | "authorityDirectory">,
  access: TenantAccess,
  { certificateAuthority, scepConfiguration }: PreviewInput,
): Promise<Outcome<Setting>> {
  const configuration =
    scepConfiguration === undefined
      ? undefined
      : await configurations.findConfiguration(access.tenantId, scepConfiguration);
  if (scepConfiguration !== undefined && !configuration)
    return invalid("scepConfiguration", "There is no such SCEP configuration.");
  const setting = {
    digests: configuration?.wire.digests ?? ordinaryDigests,
    validatedByIntune: configuration?.kind === "intune",
  };
  const authorityName = certificateAuthority ?? configuration?.certificateAuthorityId;
  if (authorityName === undefined)
    return ok({ ...setting, authorityEndSeconds: noEnd, nameConstraints: [] });
  const authority = await authorityDirectory.findAuthority(access.tenantId, authorityName);
  if (!authority) return invalid("certificateAuthority", "There is no such certificate authority.");
  if (!authority.certificate) return conflict("The certificate authority has no certificate yet.");
  const authorityEndSeconds = Math.floor(authority.certificate.notAfter.getTime() / 1000);
  const line = parseLine((await authorityDirectory.findChain(authority.id)) ?? []);
  return ok({ ...setting, authorityEndSeconds, nameConstraints: nameConstraintsOf(line) });
}
