/** What a pasted request would get, or why it would not. */
import type { TemplatePreview } from "../../../../administration/template-preview.ts";
import { formatDistinguishedName } from "../../../../pki/distinguished-name.ts";
import { keyUsageNamesOf } from "../../../../pki/key-usage.ts";
import { Facts, Time } from "../../components/values.tsx";
import type { Visit } from "../../visit.ts";
import { purposeName } from "./template-fields.tsx";

const moment = (seconds: number): Date => new Date(seconds * 1000);

export const PreviewedCertificate = ({
  visit,
  preview: { certificate, refusal, warnings },
}: {
  visit: Visit;
  preview: TemplatePreview;
}) => {
  const said = visit.texts.certificateTemplates;
  return (
    <div role="status">
      {refusal && (
        <p class="problem">
          <strong>{said.wouldRefuse}</strong>
          <br />
          {refusal.detail}
        </p>
      )}
      {certificate && (
        <>
          <p class="notice">
            <strong>{said.wouldIssue}</strong>
          </p>
          <Facts
            facts={[
              [said.subject, formatDistinguishedName(certificate.requested.subject) || said.none],
              [
                said.subjectAltNames,
                certificate.requested.subjectAltNames
                  .map(({ type, value }) => `${type} ${value}`)
                  .join(", ") || said.none,
              ],
              [said.keyUsage, keyUsageNamesOf(certificate.requested.content.keyUsage).join(", ")],
              [
                said.extendedKeyUsage,
                certificate.requested.content.extendedKeyUsage.map(purposeName).join(", ") ||
                  said.none,
              ],
              [said.validFrom, <Time at={moment(certificate.validity.notBeforeSeconds)} />],
              [said.validUntil, <Time at={moment(certificate.validity.notAfterSeconds)} />],
            ]}
          />
        </>
      )}
      {warnings.length > 0 && (
        <div class="warning">
          <strong>{said.warnings}</strong>
          <ul>
            {warnings.map((warning) => (
              <li>{warning}</li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
};
