/** The inventory as one long answer, written as fast as it is read: a page is fetched when the one before is gone. */
import type { NamedCertificate } from "../../administration/certificate-filter.ts";
import { csvLine } from "../csv.ts";
import { presentCertificate } from "./certificate-schemas.ts";

export type ExportFormat = "csv" | "json";

interface Form {
  readonly contentType: string;
  readonly head: string;
  readonly tail: string;
  /** @param first whether nothing was written before */
  readonly page: (certificates: readonly NamedCertificate[], first: boolean) => string;
}

const columns = [
  "serialNumber",
  "subject",
  "notBefore",
  "notAfter",
  "status",
  "revokedAt",
  "revocationReason",
  "delivery",
  "purpose",
  "configuration",
  "transactionID",
  "token",
  "certificateTemplate",
  "certificateTemplateVersion",
];

function cellsOf(certificate: NamedCertificate): string[] {
  const { revocation, certificateTemplate, ...shown } = presentCertificate(certificate);
  return [
    shown.serialNumber,
    shown.subject,
    shown.notBefore,
    shown.notAfter,
    shown.status,
    revocation?.at ?? "",
    revocation?.reason ?? "",
    shown.delivery ?? "",
    shown.purpose,
    shown.configuration,
    shown.transactionID ?? "",
    shown.token ?? "",
    certificateTemplate?.id ?? "",
    certificateTemplate?.version.toString() ?? "",
  ];
}

const forms: Readonly<Record<ExportFormat, Form>> = {
  csv: {
    contentType: "text/csv; charset=utf-8; header=present",
    head: csvLine(columns),
    tail: "",
    page: (certificates) => certificates.map((one) => csvLine(cellsOf(one))).join(""),
  },
  json: {
    contentType: "application/json",
    head: "[\n",
    tail: "\n]\n",
    page: (certificates, first) =>
      certificates
        .map(
          (one, index) =>
            (first && index === 0 ? "" : ",\n") + JSON.stringify(presentCertificate(one)),
        )
        .join(""),
  },
};

/** @param reportFault an answer that has begun can only be broken off */
export function exportResponse(
  pages: AsyncGenerator<readonly NamedCertificate[]>,
  format: ExportFormat,
  reportFault: (error: unknown) => void,
): Response {
  const { contentType, head, tail, page } = forms[format];
  const encoder = new TextEncoder();
  let first = true;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(head)),
    async pull(controller) {
      try {
        let text = "";
        while (text === "") {
          const { done, value } = await pages.next();
          if (done) {
            if (tail !== "") controller.enqueue(encoder.encode(tail));
            controller.close();
            return;
          }
          text = page(value, first);
        }
        first = false;
        controller.enqueue(encoder.encode(text));
      } catch (error) {
        reportFault(error);
        controller.error(error);
      }
    },
    async cancel() {
      await pages.return(undefined);
    },
  });
  return new Response(body, {
    headers: {
      "content-type": contentType,
      "content-disposition": `attachment; filename="certificates.${format}"`,
    },
  });
}
