/** The result as a table for the terminal and as the page docs/benchmarks.md. */
import { cpus, totalmem } from "node:os";

const ms = (value) => `${value.toFixed(2)} ms`;
const times = (value) => `${value.toFixed(2)} x`;

/** Rows of text: what, CPU per operation, as a multiple of the floor, a remark. */
function rows({
  enrolments,
  lanes,
  fleet,
  byGet,
  gets,
  publication,
  object,
  list,
  many,
  micromdm,
}) {
  const rsa = enrolments["RSA-2048"];
  const range = ({ spread: [least, most] }) =>
    `half of the blocks: ${least.toFixed(2)} to ${most.toFixed(2)} x`;
  const pace = ({ perSecond, p50, p99 }) =>
    `${perSecond.toFixed(0)}/s, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`;
  const share = object.issue - object.empty;
  return [
    [
      "floor: cryptography, RSA-2048 everywhere",
      ms(rsa.floor),
      times(1),
      "goal of an enrolment: 2.5 x; aim: 1.5 x",
    ],
    ["enrolment, RSA-2048 everywhere", ms(rsa.cpu), times(rsa.ratio), range(rsa)],
    ...["P-256", "RSA-3072"].flatMap((name) => [
      [`floor, CA ${name}`, ms(enrolments[name].floor), times(1), ""],
      [
        `enrolment, CA ${name}`,
        ms(enrolments[name].cpu),
        times(enrolments[name].ratio),
        range(enrolments[name]),
      ],
    ]),
    ...Object.entries(lanes).map(([atOnce, lane]) => [
      `enrolment, ${atOnce} at once`,
      ms(lane.cpu),
      times(lane.ratio),
      pace(lane),
    ]),
    [
      "enrolment through Intune, 8 at once",
      ms(fleet.cpu),
      times(fleet.ratio),
      `${pace(fleet)}; ${fleet.asked.toFixed(0)} calls to Microsoft each`,
    ],
    [
      "  of which calls to Microsoft",
      ms(fleet.asked * fleet.fetch),
      "",
      `${fleet.asked.toFixed(0)} x ${ms(fleet.fetch)}, this machine's loopback; one read of the local KV: ${ms(fleet.kv)}`,
    ],
    [
      "  over all of the tenant's",
      "",
      "",
      `${fleet.enrolled} enrolments: ${fleet.tokens} tokens and ${fleet.discoveries} discovery asked for; goal: 2 and 1`,
    ],
    ["enrolment by GET, 8 at once", ms(byGet.cpu), times(byGet.ratio), pace(byGet)],
    [
      "CA's object: one certificate",
      ms(share),
      times(share / rsa.floor),
      `${ms(object.issue)} less an empty call (${ms(object.empty)})`,
    ],
    ["  of which not the signature", ms(share - object.signature), "", "goal: 0.30 ms"],
    [
      "GetCACaps",
      ms(gets.GetCACaps),
      "",
      `goal: 0.30 ms; a Worker that does nothing: ${ms(gets.nothing)}`,
    ],
    ["GetCACert", ms(gets.GetCACert), "", "goal: 0.30 ms"],
    ...Object.entries(publication).flatMap(([name, { crl, kept, fresh }]) => [
      [`CRL out of the cache, CA ${name}`, ms(crl), "", "goal: 0.30 ms"],
      [`OCSP out of the cache, CA ${name}`, ms(kept), "", "goal: 0.30 ms"],
      [
        `OCSP with a nonce, CA ${name}`,
        ms(fresh),
        "",
        "read from the object, signed; goal: 2.00 ms",
      ],
    ]),
    ...listRows(list),
    ...manyRows(many),
    ...(micromdm === undefined
      ? []
      : [
          [
            "micromdm scepserver, RSA-2048, 1 at once",
            ms(micromdm.cpu),
            times(micromdm.cpu / rsa.floor),
            pace(micromdm),
          ],
        ]),
  ];
}

/** A CRL of very many entries. */
const listRows = ({ entries, cpu, seconds, piece, enrolment, usualEnrolment, wait }) => [
  [
    `CRL of ${entries.toLocaleString("en-GB")} entries`,
    ms(cpu),
    "",
    `made in ${seconds.toFixed(1)} s beside other calls; goal: 2000 ms`,
  ],
  ["  its longest piece without a pause", ms(piece), "", "goal: 50 ms"],
  [
    "  the slowest enrolment meanwhile",
    ms(enrolment),
    "",
    `with what it waited for, ${ms(usualEnrolment)} without; answered in ${wait.toFixed(0)} ms`,
  ],
];

/** A CA with very many certificates. */
function manyRows({ certificates, index, enrolments, searches, pages }) {
  const count = certificates.toLocaleString("en-GB");
  const [least, most] = enrolments.spread;
  return [
    ["enrolment into an empty CA", ms(enrolments.empty), "", "RSA-2048, by turns with the next"],
    [
      `enrolment into a CA with ${count}`,
      ms(enrolments.full),
      "",
      `${times(enrolments.ratio)} the empty one, half of the blocks ${least.toFixed(2)} to ${most.toFixed(2)} x; goal: 1.10 x`,
    ],
    ["  indexing it for the inventory", ms(index), "", "by a job, after it was issued"],
    ...Object.entries(searches).map(([question, { cpu, p50 }]) => [
      `inventory of ${count}: ${question}`,
      ms(cpu),
      "",
      `answered in ${p50.toFixed(p50 < 1 ? 3 : 1)} ms`,
    ]),
    ...Object.entries(pages).map(([page, { cpu, p50 }]) => [
      `portal, CA of ${count}: ${page}`,
      ms(cpu),
      "",
      `goal: 50 ms; answered in ${p50.toFixed(1)} ms`,
    ]),
  ];
}

const headings = ["what", "CPU per operation", "to the floor", "remark"];

export function table(results) {
  const lines = [headings, ...rows(results)];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 1 || column === 2 ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join("  ")
      .trimEnd(),
  );
  return [...text, "", memoryLine(results.memory)].join("\n");
}

const memoryLine = (points) =>
  points.length < 2
    ? "memory: not looked at in a short run"
    : `memory (MiB resident) after enrolments: ${points
        .filter(({ after }) => after === 0 || after % 2000 === 0)
        .map(({ after, megabytes }) => `${after}: ${megabytes.toFixed(0)}`)
        .join(", ")}`;

export function page(results) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const [processor] = cpus();
  return `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} x ${processor?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}, ${results.seconds.toFixed(0)} s.

${[line(headings), line(headings.map(() => "---")), ...rows(results).map((cells) => line(cells.map((cell) => cell.trim())))].join("\n")}

${memoryLine(results.memory)}.

## How it is measured

The bundle that would be deployed runs in workerd, the runtime of Cloudflare Workers, started through Miniflare without the
development proxy: requests reach the Worker's own socket over loopback on kept connections. The CA's object has its SQLite
file on disk; D1 and KV are the local simulators, which a steady enrolment does not touch. Everything is made through the
REST API. Each request is a new one, prepared before the clock runs: another subject and transaction, an RSA-2048 key
from a pool, a challenge, AES-128 and SHA-256. Each answer must be a SUCCESS.

An enrolment through Intune is measured in the Worker's process alone: the fake of Microsoft's cloud runs in the load generator.
Its request is larger (a challenge of 3 kB), and it makes two calls outside and three to the CA's object, one of them beside the answer.

**CPU per operation** is user and system time of the whole runtime process (all threads, from \`/proc\`) divided by the
operations. **The floor** is the cryptography that one enrolment cannot do without, in the same process, with the same
runtime and keys of the same size: one RSA decryption, the CA's signature, the agent's signature, two verifications with
the import of their key, one RSA encryption, AES and digests. Blocks of it alternate with blocks of enrolments; each block of enrolments is divided by
the two beside it, which see the same machine, and **to the floor** is the median of these ratios.

**A long CRL** is made while a call of the same object is repeated as fast as it is answered, and another one while a device
enrols again and again. What the process has worked during the slowest of them, less what such a call takes otherwise, is the
longest piece: the time that others wait when the machine has nothing else to do.

## How to read it

Ratios carry over to other machines, milliseconds do not, and requests per second least of all: load generator and server share
the processors. On a busy machine all times grow, the ratio little. Latency at 64 at once is mostly waiting for a processor.
Deployed, Cloudflare adds its own network and storage latency, and takes none of the CPU that SQLite's files need here.
micromdm's scepserver (Go, native) answers the same kind of request with a certificate kept as a file. It is asked one at a time,
because with several at once it refuses some.
`;
}
