/** Requests that wait for a person, through the API: whose they are, who decides, and that it is decided once. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  call,
  createConfiguration,
  createReadyTenant,
  must,
  stores,
  type TestTenant,
  useOperatorKey,
} from "../support/api.ts";
import { expectOk, issueRequest, lastingClient } from "../support/authorities.ts";

interface Item {
  readonly id: string;
  readonly subject: string;
  readonly configuration: string;
}
type ReadyTenant = Awaited<ReturnType<typeof createReadyTenant>>;

let one: ReadyTenant;
let other: ReadyTenant;
let sharedAuthorityId: string;
const shared = `shared ${crypto.randomUUID()}`;

beforeAll(async () => {
  [one, other] = [await createReadyTenant(), await createReadyTenant()];
  const operator = await useOperatorKey();
  const authority = await must(operator, "POST", `${one.path}/certificate-authorities`, {
    ...{ name: shared, subject: "CN=Shared", keyAlgorithm: "P-256", shared: true },
  });
  sharedAuthorityId = authority.id;
});

/** As a device's PKCSReq leaves it behind in the CA's object. */
async function waitingRequest(
  authorityId: string,
  configurationId: string,
  subject: string,
): Promise<string> {
  const request = await issueRequest({
    configurationId,
    authorisation: { kind: "approval" },
    subjectText: subject,
  });
  const answer = expectOk(await lastingClient(authorityId).issue(request));
  if (answer.status !== "pending") throw new Error("it should wait");
  return answer.enrolmentRequestId;
}

const ask = (subject: string, tenant = one): Promise<string> =>
  waitingRequest(tenant.authority.id, tenant.configuration.id, subject);
const pathOf = (id: string, tenant: TestTenant = one): string =>
  `${tenant.path}/enrolment-requests/${id}`;

async function list(tenant: TestTenant, query = ""): Promise<Item[]> {
  const items: Item[] = [];
  let cursor = "";
  do {
    const page = await must(
      tenant.key,
      "GET",
      `${tenant.path}/enrolment-requests?${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor ?? "";
  } while (cursor);
  return items;
}

async function auditOf(id: string) {
  const { items } = await must(one.key, "GET", `${one.path}/audit-events?limit=100`);
  return items.filter(({ targetId }: { targetId: string }) => targetId === id);
}

describe("enrolment requests", () => {
  it("are listed with what a person needs to decide, the newest first", async () => {
    const first = await ask("CN=first,O=Listed");
    const second = await ask("CN=second,O=Listed");
    const listed = (await list(one)).filter(({ subject }) => subject.endsWith("O=Listed"));
    expect(listed.map(({ id }) => id)).toEqual([second, first]);
    const shown = await must(one.key, "GET", pathOf(first));
    expect(shown).toEqual({
      id: first,
      transactionID: expect.any(String),
      subject: "CN=first,O=Listed",
      subjectAlternativeNames: [],
      publicKeySha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      keyUsage: expect.any(Array),
      extendedKeyUsage: expect.any(Array),
      validityDays: expect.any(Number),
      status: "pending",
      configuration: "devices",
      requestedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(Date.parse(shown.expiresAt) - Date.parse(shown.requestedAt)).toBe(7 * 86_400_000);
  });

  it("can be filtered by status and read in pages over several CAs, each once", async () => {
    const tenant = await createReadyTenant();
    const configuration = await createConfiguration(tenant, "on-shared", {
      certificateAuthority: shared,
    });
    const ids = [];
    for (const name of ["a", "b", "c"]) {
      ids.push(await ask(`CN=own ${name}`, tenant));
      ids.push(await waitingRequest(sharedAuthorityId, configuration.id, `CN=shared ${name}`));
    }
    const paged = await list(tenant, "limit=1");
    expect(paged.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    await must(tenant.key, "POST", `${pathOf(ids[0] ?? "", tenant)}/approve`);
    expect(await list(tenant, "status=pending&limit=2")).toHaveLength(5);
    const approved = await list(tenant, "status=approved");
    expect(approved.map(({ id }) => id)).toEqual([ids[0]]);
    expect(await list(tenant, "status=expired")).toEqual([]);
    const wrong = await call(tenant.key, "GET", `${tenant.path}/enrolment-requests?status=other`);
    expect(wrong.status).toBe(400);
  });

  it("are approved with a reason, and the log says who, what and why", async () => {
    const id = await ask("CN=approved,O=Demo");
    const decided = await must(one.key, "POST", `${pathOf(id)}/approve`, { reason: "Asset 4711" });
    expect(decided).toMatchObject({ id, status: "approved", decisionReason: "Asset 4711" });
    const [event, ...more] = await auditOf(id);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      action: "enrolment-request.approved",
      details: {
        configuration: "devices",
        subject: "CN=approved,O=Demo",
        transactionID: decided.transactionID,
        reason: "Asset 4711",
      },
    });
    expect(decided.decidedBy).toBe(`${event.actor.kind}:${event.actor.id}`);
    expect(await must(one.key, "GET", pathOf(id))).toEqual(decided);
  });

  it.each([
    ["without a body", {}],
    ["with a content type and nothing behind it", { "content-type": "application/json" }],
  ])("are approved and rejected %s too", async (_, headers: Record<string, string>) => {
    for (const [verb, status] of [
      ["approve", "approved"],
      ["reject", "rejected"],
    ]) {
      const id = await ask(`CN=bare ${verb}`);
      const decided = await call(one.key, "POST", `${pathOf(id)}/${verb}`, undefined, headers);
      expect(decided.body).toMatchObject({ id, status });
      expect(decided.body.decisionReason).toBeUndefined();
    }
  });

  it.each([{ reason: "" }, { reason: "a\u0000b" }, { reason: 7 }, { reasons: "x" }, [[]]])(
    "%j is refused as a decision",
    async (body) => {
      const id = await ask("CN=undecided");
      expect((await call(one.key, "POST", `${pathOf(id)}/approve`, body)).status).toBe(400);
      expect((await must(one.key, "GET", pathOf(id))).status).toBe("pending");
      expect(await auditOf(id)).toEqual([]);
    },
  );

  it("are decided once: the second decision gets 409 and leaves no event", async () => {
    const id = await ask("CN=once");
    await must(one.key, "POST", `${pathOf(id)}/reject`, { reason: "Unknown device" });
    for (const verb of ["approve", "reject"]) {
      const refused = await call(one.key, "POST", `${pathOf(id)}/${verb}`);
      expect([refused.status, refused.body.detail]).toEqual([
        409,
        "This request waits no longer: it is rejected.",
      ]);
    }
    expect(await auditOf(id)).toHaveLength(1);
  });

  it("of ten approvals and ten rejections at once one wins, and the log tells which", async () => {
    const id = await ask("CN=raced");
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        call(one.key, "POST", `${pathOf(id)}/${index % 2 ? "approve" : "reject"}`, {
          reason: `number ${index}`,
        }),
      ),
    );
    const [winner, ...more] = answers.filter(({ status }) => status === 200);
    expect(more).toEqual([]);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect(await must(one.key, "GET", pathOf(id))).toEqual(winner?.body);
    // Every event but the winner's is followed by one that says that it came too late.
    const events: {
      id: string;
      action: string;
      details: { decision?: string; reason?: string };
    }[] = await auditOf(id);
    const late = events.flatMap(({ details }) => details.decision ?? []);
    const decisions = events.filter(
      (event) => event.details.decision === undefined && !late.includes(event.id),
    );
    expect(decisions.map(({ details }) => details.reason)).toEqual([winner?.body.decisionReason]);
  });

  it("are not decided when the log cannot be written", async () => {
    const id = await ask("CN=unlogged");
    const { recordAuditEvent } = stores.auditLog;
    const failing = () => Promise.reject(new Error("D1 is away"));
    Object.assign(stores.auditLog, { recordAuditEvent: failing });
    try {
      expect((await call(one.key, "POST", `${pathOf(id)}/approve`)).status).toBe(500);
    } finally {
      Object.assign(stores.auditLog, { recordAuditEvent });
    }
    expect((await must(one.key, "GET", pathOf(id))).status).toBe("pending");
  });
});

describe("another tenant", () => {
  let onShared: { id: string };

  beforeAll(async () => {
    await createConfiguration(other, "on-shared", { certificateAuthority: shared });
    onShared = await createConfiguration(one, "on-shared", { certificateAuthority: shared });
  });

  it.each([
    ["of its own CA", () => ask("CN=foreign")],
    ["of a CA that both use", () => waitingRequest(sharedAuthorityId, onShared.id, "CN=foreign")],
  ])("neither sees nor decides requests %s, as if they did not exist", async (_, asked) => {
    const id = await asked();
    const unknown = await call(other.key, "GET", pathOf(crypto.randomUUID(), other));
    expect(unknown.status).toBe(404);
    expect((await list(other)).map((item) => item.id)).not.toContain(id);
    for (const [method, path] of [
      ["GET", pathOf(id, other)],
      ["POST", `${pathOf(id, other)}/approve`],
      ["POST", `${pathOf(id, other)}/reject`],
      // With the key of one tenant on the path of the other.
      ["POST", `${pathOf(id, one)}/approve`],
    ] as const) {
      const refused = await call(other.key, method, path);
      expect(refused.status).toBe(404);
      if (path.startsWith(other.path)) expect(refused.text).toBe(unknown.text);
    }
    expect((await must(one.key, "GET", pathOf(id))).status).toBe("pending");
    const { items } = await must(other.key, "GET", `${other.path}/audit-events?limit=100`);
    expect(items.filter(({ targetId }: { targetId: string }) => targetId === id)).toEqual([]);
  });

  it("nobody decides without a key", async () => {
    const id = await ask("CN=nobody");
    expect((await call(undefined, "POST", `${pathOf(id)}/approve`)).status).toBe(401);
  });
});

it("a retried approval with one Idempotency-Key gets the first answer", async () => {
  const id = await ask("CN=retried");
  const headers = { "idempotency-key": `approve ${id}`.replaceAll(" ", "-") };
  const answers = [];
  for (let round = 0; round < 2; round++)
    answers.push(await call(one.key, "POST", `${pathOf(id)}/approve`, undefined, headers));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers[1]?.body).toEqual(answers[0]?.body);
});
