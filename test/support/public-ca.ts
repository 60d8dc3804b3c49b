/** A tenant's CAs as strangers see them, for the suites about what is public. */
import { vi } from "vitest";
import { toHex } from "../../src/pki/bytes.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { authorities, issued, issueRequest } from "./authorities.ts";
import { fetchWorker, type Tenant } from "./deployment.ts";
import { derOfPem } from "./pem.ts";

export const plainOrigin = "http://scep.example.test";

export interface PublicCa {
  readonly id: string;
  readonly der: Uint8Array;
}

export async function publicCa(
  tenant: Tenant,
  name: string,
  algorithm: string,
  parent?: string,
): Promise<PublicCa> {
  const id = await tenant.authority(name, algorithm, parent);
  const { certificate } = await tenant.api.get<{ certificate: string }>(
    tenant.path(`certificate-authorities/${id}`),
  );
  return { id, der: new Uint8Array(derOfPem(certificate)) };
}

/** INTEGER content octets of a new certificate's serial number. */
export const certify = async ({ id }: PublicCa): Promise<Uint8Array> =>
  parseCertificate((await issued(authorities.get(id).issue(await issueRequest()))).certificateDer)
    .serialNumber;

export const serialHex = (serialNumber: Uint8Array): string =>
  toHex(serialNumber).replace(/^00/, "");

export const get = (
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<Response> => fetchWorker(new Request(plainOrigin + path, { headers, method }));

export const bytesOf = async (response: Response): Promise<Uint8Array> =>
  new Uint8Array(await response.arrayBuffer());

/** So much later by every clock in this isolate, the objects' included. Undone by `vi.useRealTimers`. */
export function later(seconds: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(now + seconds * 1000);
}
