/** Everything an enrolment needs of its configuration, in three reads side by side. */
import { and, desc, eq, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type {
  EnrolmentConfigurationStore,
  ScepConfiguration,
  StoredEnrolmentAgent,
} from "../ports/scep-configuration-store.ts";
import { entitlements, isEntitled } from "../ports/tenant-store.ts";
import type { ChainItem } from "../ports/scep-configuration-directory.ts";
import { chainOf, closedBecause, inLineOf, lineColumns, orderLine } from "./authority-line.ts";
import { formerColumns, formerOf, orderFormer, stagedSuccessorId } from "./authority-succession.ts";
import { newestVersion, toTemplate } from "./certificate-template-store.ts";
import type { Database } from "./database.ts";
import {
  connectionOf,
  connectionOfConfiguration,
  credentialsOfConfiguration,
} from "./intune-connection-rows.ts";
import {
  certificateAuthorities,
  certificateTemplates,
  certificateTemplateVersions,
  enrolmentAgents,
  scepConfigurations,
  tenants,
} from "./schema.ts";

/** The configurations that share their tenant, kind and CA with the one that is asked for. */
const sibling = alias(scepConfigurations, "sibling");

/** Agents live for years and are renewed late in life; more than a few are never alive at once. */
const agentsAtMost = 20;

export function createEnrolmentConfigurationStore(db: Database): EnrolmentConfigurationStore {
  return {
    async findEnrolmentConfiguration(kind, tenantId, name) {
      const wanted = and(
        eq(scepConfigurations.tenantId, tenantId),
        eq(scepConfigurations.kind, kind),
        eq(scepConfigurations.name, name),
      );
      // D1 answers a batch with objects by column name, so no query may bring two columns of one name.
      const [
        [row],
        [template],
        [issuer],
        allAgents,
        authorities,
        relatives,
        [owner],
        above,
        former,
        [connection],
        credentials,
      ] = await db.batch([
        db.select().from(scepConfigurations).where(wanted),
        db
          .select({
            id: certificateTemplates.id,
            name: certificateTemplates.name,
            version: certificateTemplateVersions.version,
            rules: certificateTemplateVersions.rules,
          })
          .from(certificateTemplates)
          .innerJoin(certificateTemplateVersions, newestVersion)
          .innerJoin(
            scepConfigurations,
            eq(scepConfigurations.certificateTemplateId, certificateTemplates.id),
          )
          .where(wanted),
        db
          .select({
            certificateDer: certificateAuthorities.certificateDer,
            notAfter: certificateAuthorities.notAfter,
            ownAgent: certificateAuthorities.ownAgent,
            stagedSuccessorId,
          })
          .from(certificateAuthorities)
          .innerJoin(
            scepConfigurations,
            eq(scepConfigurations.certificateAuthorityId, certificateAuthorities.id),
          )
          .where(wanted),
        db
          .select({
            id: enrolmentAgents.id,
            certifiedBy: enrolmentAgents.certificateAuthorityId,
            certificateDer: enrolmentAgents.certificateDer,
            wrappedKey: enrolmentAgents.wrappedKey,
            notAfter: enrolmentAgents.notAfter,
          })
          .from(enrolmentAgents)
          .innerJoin(scepConfigurations, eq(scepConfigurations.id, enrolmentAgents.configurationId))
          .where(wanted)
          .orderBy(desc(enrolmentAgents.id))
          .limit(agentsAtMost),
        db
          .select({
            id: certificateAuthorities.id,
            der: certificateAuthorities.certificateDer,
            externalChain: certificateAuthorities.externalChain,
          })
          .from(certificateAuthorities)
          .where(
            sql`${certificateAuthorities.id} in (select json_extract(item.value, '$.id')
              from ${scepConfigurations}, json_each(${scepConfigurations.chain}) as item where ${wanted})`,
          ),
        db
          .select({
            id: sibling.id,
            enabled: sibling.enabled,
            template: sibling.certificateTemplateId,
          })
          .from(sibling)
          .innerJoin(
            scepConfigurations,
            and(
              eq(sibling.tenantId, scepConfigurations.tenantId),
              eq(sibling.kind, scepConfigurations.kind),
              eq(sibling.certificateAuthorityId, scepConfigurations.certificateAuthorityId),
            ),
          )
          .where(wanted),
        db
          .select({ entitlements: tenants.entitlements })
          .from(tenants)
          .where(eq(tenants.id, tenantId)),
        db
          .select(lineColumns)
          .from(certificateAuthorities)
          .where(
            inLineOf(
              sql`select ${scepConfigurations.certificateAuthorityId} from ${scepConfigurations} where ${wanted}`,
            ),
          ),
        db
          .select(formerColumns)
          .from(certificateAuthorities)
          .where(
            formerOf(
              sql`select ${scepConfigurations.certificateAuthorityId} from ${scepConfigurations} where ${wanted}`,
            ),
          ),
        connectionOfConfiguration(db, wanted),
        credentialsOfConfiguration(db, wanted),
      ]);
      // A CA without its certificate yet: the configuration cannot answer anybody.
      if (!row || !template || !issuer?.certificateDer || !issuer.notAfter) return undefined;
      const line = orderLine(above, row.certificateAuthorityId);
      const isCurrent = ({ certifiedBy }: { readonly certifiedBy: string | null }): boolean =>
        certifiedBy === null || certifiedBy === row.certificateAuthorityId;
      // Those of another CA wait for their day, or have had it: they only open envelopes.
      const agents = [
        ...allAgents.filter(isCurrent),
        ...allAgents.filter((agent) => !isCurrent(agent)),
      ];
      return {
        configuration: enrolmentPart(row, isEntitled(owner?.entitlements ?? entitlements, kind)),
        template: toTemplate(template),
        issuer: {
          ...issuer,
          certificateDer: issuer.certificateDer,
          notAfter: issuer.notAfter,
          lineDer: chainOf(line),
          closed: closedBecause(line),
        },
        ...(issuer.stagedSuccessorId !== null && { stagedSuccessorId: issuer.stagedSuccessorId }),
        predecessors: orderFormer(former, row.certificateAuthorityId),
        siblingConfigurationIds: relatives.map(({ id }) => id),
        // Another template may allow more, and what is switched off must not live on elsewhere.
        familyConfigurationIds: relatives
          .filter(({ enabled, template: of }) => enabled && of === row.certificateTemplateId)
          .map(({ id }) => id),
        chainDer: resolveChain(row.chain, agents, authorities),
        agents,
        ...(connection && { intuneConnection: connectionOf(connection, credentials, new Date()) }),
      };
    },
  };
}

/** @param entitled what a tenant is not entitled to is off */
const enrolmentPart = (
  row: typeof scepConfigurations.$inferSelect,
  entitled: boolean,
): ScepConfiguration => ({
  id: row.id,
  tenantId: row.tenantId,
  name: row.name,
  kind: row.kind,
  certificateAuthorityId: row.certificateAuthorityId,
  enabled: row.enabled && entitled,
  requiresApproval: row.requiresApproval,
  wire: row.wire,
});

function resolveChain(
  chain: readonly ChainItem[],
  agents: readonly StoredEnrolmentAgent[],
  authorities: readonly {
    readonly id: string;
    readonly der: Uint8Array | null;
    readonly externalChain: readonly Uint8Array[] | null;
  }[],
): Uint8Array[] {
  return chain.flatMap((item) => {
    if (item.type === "enrolment-agent") return agents[0]?.certificateDer ?? [];
    const authority = authorities.find(({ id }) => id === item.id);
    const der =
      item.type === "external-authority"
        ? authority?.externalChain?.[item.position]
        : authority?.der;
    return der ?? [];
  });
}
