/** Certificates as people upload them: PEM, or one in DER, which `readForm` gave as base64. */
export function certificateInPem(sent: string | undefined): string | undefined {
  if (sent === undefined || sent.includes("-----BEGIN ")) return sent;
  const lines = sent.match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
