/** A certificate's state in a word: what the inventory says, and the clock. */
import type { FC } from "hono/jsx";
import type { CertificateRecord } from "../../../../ports/certificate-inventory.ts";
import { Badge } from "../../components/values.tsx";
import { texts } from "../../texts/texts.ts";

const tones = {
  valid: "good",
  expired: "neutral",
  revoked: "bad",
  "on-hold": "warn",
  abandoned: "warn",
  intended: "neutral",
} as const;

const stateOf = ({ status, notAfter }: CertificateRecord, now: Date): keyof typeof tones => {
  if (status !== "issued") return status;
  return notAfter <= now ? "expired" : "valid";
};

export const CertificateState: FC<{ certificate: CertificateRecord; now: Date }> = ({
  certificate,
  now,
}) => {
  const state = stateOf(certificate, now);
  const { states } = texts.certificates;
  const { delivery } = certificate;
  return (
    <>
      <Badge tone={tones[state]} label={states[state]} />
      {delivery !== undefined && delivery !== "delivered" && (
        <>
          {" "}
          <Badge tone="warn" label={states.undelivered} />
        </>
      )}
    </>
  );
};
