/**
 * Properties over many inputs: a changed message issues nothing new, and nothing that is sent gets a 5xx.
 * fast-check prints seed and path of a failure, with which it can be run again.
 */
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, fetchWorker, type Tenant } from "../support/deployment.ts";
import { expectSuccess } from "../support/expectations.ts";
import * as scep from "../support/scep-client/index.ts";

let tenant: Tenant;
let client: scep.ScepClient;
let challenge: string;
const key = scep.rsaKeyPair();
/** The machine may have other work. */
const patience = 120_000;

beforeAll(async () => {
  tenant = await createTenant("Properties");
  client = await tenant.configuration("devices");
  ({ challenge } = await tenant.token("devices", { maxUses: 2 }));
});

const post = async (body: Uint8Array) =>
  scep.answerOf(await fetchWorker(scep.postPkiOperation(client.url, body)));
const statusOf = (reply: scep.SignedReply): string => {
  const value = reply.attributes.get(scep.oids.pkiStatus)?.[0];
  return value === undefined ? "" : scep.stringOf(value);
};

describe("any single-octet change of a valid message", () => {
  it(
    "issues nothing, or gives exactly the certificate of the unchanged one",
    async () => {
      const subject = scep.name("O=Demo", "CN=unchanged");
      const message = await client.build({ request: { key, challenge, subject } });
      const { certificate } = expectSuccess(await client.send(message));
      let sameAgain = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.nat(message.der.length - 1),
          fc.integer({ min: 1, max: 255 }),
          async (at, difference) => {
            const changed = message.der.map((octet, index) =>
              index === at ? octet ^ difference : octet,
            );
            const answer = await post(changed);
            expect([200, 400]).toContain(answer.status);
            if (answer.status !== 200) return;
            const reply = scep.readSignedReply(answer.body);
            expect(["0", "2"]).toContain(statusOf(reply));
            if (statusOf(reply) !== "0") return;
            // The octet was in the self-signed certificate, whose signature nobody relies on.
            const { content } = scep.openEnvelope(reply.content ?? scep.bytes([]), undefined, key);
            expect(scep.readDegenerate(content).map((one) => one.der)).toEqual([certificate.der]);
            sameAgain++;
          },
        ),
        { numRuns: 400 },
      );
      const rows = await tenant.certificates("CN=unchanged");
      expect(rows).toHaveLength(1);
      expect(sameAgain).toBeLessThan(400);
      // Two uses were there, one is spent: no changed message has spent the other.
      const last = await client.enrol({
        request: { key, challenge, subject: scep.name("O=Demo", "CN=second use") },
      });
      expectSuccess(last);
    },
    patience,
  );
});

describe("no input gets a 5xx", () => {
  const sendEveryWay = async (body: Uint8Array): Promise<void> => {
    expect((await post(body)).status).toBeLessThan(500);
    if (body.length > 8000) return;
    const got = await fetchWorker(scep.getPkiOperation(client.url, body));
    expect(got.status).toBeLessThan(500);
  };

  it(
    "octets at random",
    async () => {
      await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), sendEveryWay), {
        numRuns: 100,
      });
    },
    patience,
  );

  it(
    "a valid message that was cut, spliced, doubled or overwritten in places",
    async () => {
      const { der } = await client.build({
        request: { key, challenge, extensions: [scep.extensions.keyUsage("digitalSignature")] },
      });
      const position = fc.nat(der.length - 1);
      const edit = fc.oneof(
        fc.record({
          kind: fc.constant("cut" as const),
          at: position,
          length: fc.nat(400),
          octets: fc.constant(new Uint8Array(0)),
        }),
        fc.record({
          kind: fc.constant("insert" as const),
          at: position,
          length: fc.constant(0),
          octets: fc.uint8Array({ maxLength: 40 }),
        }),
        fc.record({
          kind: fc.constant("overwrite" as const),
          at: position,
          length: fc.constant(0),
          octets: fc.uint8Array({ minLength: 1, maxLength: 12 }),
        }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
          let changed: Uint8Array = der;
          for (const { kind, at, length, octets } of edits) {
            const skipped = kind === "overwrite" ? octets.length : length;
            changed = scep.concat(changed.subarray(0, at), octets, changed.subarray(at + skipped));
          }
          await sendEveryWay(changed);
        }),
        { numRuns: 200 },
      );
    },
    patience,
  );

  it(
    "well-signed messages around payloads at random, and around altered requests",
    async () => {
      const csr = scep.buildCertificationRequest({
        key,
        challenge,
        extensions: [scep.extensions.subjectAltName(scep.generalName.dns("a.demo.test"))],
      });
      const altered = fc
        .tuple(fc.nat(csr.length - 1), fc.uint8Array({ minLength: 1, maxLength: 6 }))
        .map(([at, octets]) =>
          scep.concat(csr.subarray(0, at), octets, csr.subarray(at + octets.length)),
        );
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(altered, fc.uint8Array({ maxLength: 200 }).map(scep.bytes)),
          async (payload) => {
            const answer = await post((await client.build({ request: { key }, payload })).der);
            expect(answer.status).toBe(200);
            expect(statusOf(scep.readSignedReply(answer.body))).toBe("2");
          },
        ),
        { numRuns: 100 },
      );
    },
    patience,
  );

  it(
    "queries and paths at random",
    async () => {
      const piece = fc.string({ maxLength: 60, unit: "binary" });
      await fc.assert(
        fc.asyncProperty(
          piece,
          piece,
          fc.constantFrom("http", "https"),
          async (path, query, scheme) => {
            const url = `${scheme}://scep.example.test/simple/${encodeURIComponent(path.toWellFormed())}/devices/scep?${encodeURI(query.toWellFormed())}`;
            expect((await fetchWorker(new Request(url))).status).toBeLessThan(500);
            const below = `${client.url}/${encodeURI(path.toWellFormed())}?operation=${encodeURIComponent(query.toWellFormed())}`;
            expect((await fetchWorker(new Request(below))).status).toBeLessThan(500);
          },
        ),
        { numRuns: 100 },
      );
    },
    patience,
  );
});
