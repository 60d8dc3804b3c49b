/** A sample of what was handed out, fetched from the REST API and compared octet for octet. */
import { X509Certificate } from "node:crypto";
import { createApi } from "../api.mjs";
import { Sentence } from "../terminal.mjs";
import { fingerprint } from "./answers.mjs";

const sampleSize = 100;

export async function compareWithApi(baseUrl, { apiKey, tenant }, answers) {
  const api = createApi(baseUrl, apiKey);
  const all = [...answers.entries()].map(([, certificate]) => certificate);
  const stride = Math.max(1, Math.floor(all.length / sampleSize));
  for (let index = 0; index < all.length; index += stride) {
    const { serialNumberHex, fingerprint: handedOut } = all[index];
    const shown = await api.get(`tenants/${tenant}/certificates/${serialNumberHex}`);
    if (
      shown.status !== "issued" ||
      fingerprint(new X509Certificate(shown.certificate).raw) !== handedOut
    )
      throw new Sentence(
        `The API shows another certificate under ${serialNumberHex} than was handed out.`,
      );
  }
}
