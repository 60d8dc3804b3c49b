/** What a connection proves itself with: a client secret of the app registration, or a certificate made here. */
import { createSigner, generateAuthorityKey } from "../ca/signer.ts";
import { randomSerialNumber } from "../ca/serial-number.ts";
import { encodeDistinguishedName } from "../pki/distinguished-name.ts";
import { endEntityBasicConstraints, keyUsageExtension } from "../pki/extensions.ts";
import { keyUsageBits } from "../pki/key-usage.ts";
import { assembleCertificate, buildTbsCertificate } from "../pki/tbs-certificate.ts";
import type {
  IntuneConnectionEntry,
  IntuneCredentialEntry,
  NewIntuneCredential,
} from "../ports/intune-connection-directory.ts";
import { ok } from "../result.ts";
import type { TenantAccess } from "./access.ts";
import { auditEvent } from "./audit-events.ts";
import type { Needs } from "./dependencies.ts";
import { createId } from "./identifier.ts";
import { conflict, notFound, type Outcome } from "./refusal.ts";

const hour = 3600_000;
const day = 24 * hour;
/** How long the old secret still serves beside its successor, unless it is said otherwise. */
export const defaultOverlapHours = 24;
const certificateDays = 2 * 365;
/** A new certificate must be uploaded by a person first. */
const certificateOverlapDays = 30;
/** For devices of people whose clocks are behind. */
const backdateSeconds = 300;
const commonName = "2.5.4.3";

type CredentialNeeds = Needs<
  "intuneConnections" | "keyWrapping" | "configurationChanges" | "clock"
>;

/** A new row for each secret, so that tokens of the old one are never taken for tokens of the new one. */
export async function secretCredential(
  { keyWrapping }: Needs<"keyWrapping">,
  tenantId: string,
  secret: string,
  expiresAt: Date | undefined,
  createdAt: Date,
): Promise<NewIntuneCredential> {
  const id = createId(createdAt);
  const context = { tenant: tenantId, kind: "intune-client-secret", id } as const;
  const wrappedSecret = await keyWrapping.wrap(new TextEncoder().encode(secret), context);
  return {
    ...{ kind: "client-secret", id, wrappedSecret, createdAt },
    ...(expiresAt && { expiresAt }),
  };
}

export async function makeClientCertificate(
  dependencies: CredentialNeeds,
  access: TenantAccess<"intune.manage">,
  connectionName: string,
): Promise<Outcome<IntuneCredentialEntry>> {
  const { intuneConnections, clock } = dependencies;
  const connection = await intuneConnections.findConnection(access.tenantId, connectionName);
  if (!connection) return notFound("Intune connection");
  const createdAt = clock.now();
  const credential = await certificateCredential(dependencies, connection, createdAt);
  const event = auditEvent(access, createdAt, "intune-connection.certificate-made", connection.id, {
    name: connection.name,
    credential: credential.id,
    expiresAt: credential.expiresAt,
  });
  const othersRetireAt = new Date(createdAt.getTime() + certificateOverlapDays * day);
  await intuneConnections.addCredential(
    access.tenantId,
    connection.id,
    credential,
    othersRetireAt,
    event,
  );
  await tellConfigurations(dependencies, access, connection.id);
  const { wrappedKey: _, ...shown } = credential;
  return ok(shown);
}

async function certificateCredential(
  { keyWrapping }: Needs<"keyWrapping">,
  { tenantId, name, clientId }: IntuneConnectionEntry,
  createdAt: Date,
) {
  const { privateKey, publicKey } = await generateAuthorityKey("RSA-2048");
  const pkcs8 = new Uint8Array((await crypto.subtle.exportKey("pkcs8", privateKey)) as ArrayBuffer);
  const spki = (await crypto.subtle.exportKey("spki", publicKey)) as ArrayBuffer;
  const signer = await createSigner("RSA-2048", pkcs8);
  const nowSeconds = Math.floor(createdAt.getTime() / 1000);
  const notAfterSeconds = nowSeconds + certificateDays * 24 * 3600;
  const nameDer = encodeDistinguishedName([
    [{ type: commonName, value: `Edge SCEP ${name}`.slice(0, 64) }],
    [{ type: commonName, value: clientId }],
  ]);
  const tbsDer = buildTbsCertificate({
    serialNumber: randomSerialNumber().magnitude,
    signatureAlgorithmDer: signer.algorithmDer,
    issuerDer: nameDer,
    notBeforeSeconds: nowSeconds - backdateSeconds,
    notAfterSeconds,
    subjectDer: nameDer,
    subjectPublicKeyInfoDer: new Uint8Array(spki),
    extensions: [endEntityBasicConstraints, keyUsageExtension(keyUsageBits(["digitalSignature"]))],
  });
  const signature = await signer.sign(tbsDer);
  const id = createId(createdAt);
  const context = { tenant: tenantId, kind: "intune-client-key", id } as const;
  const wrappedKey = await keyWrapping.wrap(pkcs8, context);
  pkcs8.fill(0);
  return {
    kind: "client-certificate",
    id,
    wrappedKey,
    certificateDer: assembleCertificate(tbsDer, signer.algorithmDer, signature),
    expiresAt: new Date(1000 * notAfterSeconds),
    createdAt,
  } as const;
}

export async function removeCredential(
  dependencies: CredentialNeeds,
  access: TenantAccess<"intune.manage">,
  connectionName: string,
  credentialId: string,
): Promise<Outcome<undefined>> {
  const { intuneConnections, clock } = dependencies;
  const connection = await intuneConnections.findConnection(access.tenantId, connectionName);
  if (!connection) return notFound("Intune connection");
  const used = await intuneConnections.listConfigurationIds(access.tenantId, connection.id);
  if (used.length > 0 && connection.credentials.length === 1)
    return conflict(
      "It is the connection's only credential, and configurations use it: add another first.",
    );
  const event = auditEvent(
    access,
    clock.now(),
    "intune-connection.credential-removed",
    connection.id,
    { name: connection.name, credential: credentialId },
  );
  const removed = await intuneConnections.removeCredential(
    access.tenantId,
    connection.id,
    credentialId,
    event,
  );
  if (!removed) return notFound("credential");
  await tellConfigurations(dependencies, access, connection.id);
  return ok(undefined);
}

/** This isolate's copies go at once, those of others within a minute. */
export async function tellConfigurations(
  { intuneConnections, configurationChanges }: Needs<"intuneConnections" | "configurationChanges">,
  access: TenantAccess,
  connectionId: string,
): Promise<void> {
  const ids = await intuneConnections.listConfigurationIds(access.tenantId, connectionId);
  for (const id of ids) configurationChanges.changed(id);
}
