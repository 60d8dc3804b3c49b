/** What is done to the server: the same at once, much at once, and death in the middle of it. */
import { setTimeout as pause } from "node:timers/promises";
import { connections, inLanes } from "../bench/load.mjs";
import { Sentence } from "../terminal.mjs";

const operation = (url) => new URL(`${url}?operation=PKIOperation`);

/** Every message in as many copies at the same moment; a few messages at a time, so that copies do meet. */
export async function repeatAtOnce({ url, make, answers, messages, copies }) {
  const before = answers.size;
  const sideBySide = 3;
  const { send, close } = connections(sideBySide * copies);
  try {
    await inLanes(messages, sideBySide, async () => {
      const message = make();
      const replies = await Promise.all(
        Array.from({ length: copies }, () => send("POST", operation(url), message.der)),
      );
      for (const reply of replies) answers.take(message, reply);
    });
  } finally {
    close();
  }
  if (answers.size - before !== messages)
    throw new Sentence(`${messages} messages gave ${answers.size - before} certificates.`);
}

/** Long enough a silence for somebody who watches. */
const reportedAfter = 5000;

export async function enrolMany({ url, make, answers, enrolments, atOnce }) {
  const { send, close } = connections(atOnce);
  const began = performance.now();
  let done = 0;
  try {
    await inLanes(enrolments, atOnce, async () => {
      const message = make();
      answers.take(message, await send("POST", operation(url), message.der));
      if (++done % reportedAfter === 0) {
        const perSecond = (done * 1000) / (performance.now() - began);
        console.log(`  ${done} of ${enrolments}, ${perSecond.toFixed(0)} a second`);
      }
    });
  } finally {
    close();
  }
}

/**
 * Enrols until the server is killed, starts it again on the same state, asks again for what was not answered, and so on.
 * @returns how many requests had to be asked again
 */
export async function killAndRetry({ server, url, make, answers, kills, atOnce }) {
  let retried = 0;
  let unanswered = [];
  for (let kill = 1; kill <= kills; kill++) {
    const before = answers.size;
    const life = enrolUntilDeath({ url, make, answers, atOnce, waiting: unanswered });
    // From "nothing was answered yet" to "well under way".
    await Promise.race([life.ended, pause(20 + Math.random() * 1500)]);
    await server.kill();
    life.die();
    unanswered = await life.ended;
    retried += unanswered.length;
    if (answers.size === before && unanswered.length === 0)
      throw new Sentence("Nothing was asked between two kills.");
    if (kill % 10 === 0 || kill === kills)
      console.log(
        `  killed ${kill} times; ${answers.size} certificates; ${unanswered.length} requests without an answer`,
      );
    await server.start();
  }
  const { send, close } = connections(atOnce);
  try {
    await inLanes(unanswered.length, atOnce, async (index) => {
      const message = unanswered[index];
      answers.take(message, await send("POST", operation(url), message.der));
    });
  } finally {
    close();
  }
  return retried;
}

/** Lanes that go on until the connection breaks; what was asked and not answered comes back. */
function enrolUntilDeath({ url, make, answers, atOnce, waiting }) {
  const { send, close } = connections(atOnce);
  const queue = [...waiting];
  const unanswered = [];
  let alive = true;
  const lane = async () => {
    while (alive) {
      const message = queue.shift() ?? make();
      const reply = await send("POST", operation(url), message.der).catch((error) => {
        if (alive && !isBroken(error)) throw error;
        return undefined;
      });
      if (reply === undefined) {
        unanswered.push(message);
        return;
      }
      answers.take(message, reply);
    }
  };
  const ended = Promise.all(Array.from({ length: atOnce }, lane)).then(() => {
    close();
    return [...unanswered, ...queue];
  });
  ended.catch(() => {});
  return { ended, die: () => (alive = false) };
}

const isBroken = ({ code }) => ["ECONNRESET", "ECONNREFUSED", "EPIPE"].includes(code);
