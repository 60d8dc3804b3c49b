/** How the commands talk: plain sentences, a progress line that rewrites itself, colour only on a terminal. */

const colourful = (stream) =>
  stream.isTTY === true && process.env.NO_COLOR === undefined && process.env.TERM !== "dumb";

const paint = (code) => (text, stream) =>
  colourful(stream ?? process.stdout) ? `\u001b[${code}m${text}\u001b[0m` : text;

export const bold = paint("1");
export const dim = paint("2");
export const red = paint("31");
export const green = paint("32");
export const yellow = paint("33");
export const cyan = paint("36");

/** An error that is the reader's business: printed as its sentence, without a stack. */
export class Sentence extends Error {}

/** Runs a command's main function; whatever goes wrong becomes one sentence and exit code 1. */
export async function command(main) {
  // A reader that went away (`npm run tail | head`) is no error.
  process.stdout.on("error", () => {});
  try {
    await main();
  } catch (error) {
    console.error(red(error instanceof Sentence ? error.message : describe(error), process.stderr));
    process.exitCode = 1;
  }
}

function describe(error) {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * A line that shows that something long is alive: `Installing packages … 12 s`. On a terminal it is
 * rewritten every second; elsewhere it is printed at the start and at the end.
 *
 * @param {string} what
 * @returns {{ done: (remark?: string) => void, failed: () => void }}
 */
export function progress(what) {
  const start = Date.now();
  const seconds = () => `${((Date.now() - start) / 1000).toFixed(1)} s`;
  const live = process.stdout.isTTY;
  const draw = () => live && process.stdout.write(`\r${what} … ${dim(seconds())}   `);
  if (live) draw();
  else console.log(`${what} …`);
  const timer = setInterval(draw, 1000);
  timer.unref();
  const end = (mark, remark) => {
    clearInterval(timer);
    const tail = remark === undefined ? seconds() : `${remark}, ${seconds()}`;
    console.log(`${live ? "\r" : ""}${mark} ${what} ${dim(`(${tail})`)}        `.trimEnd());
  };
  return { done: (remark) => end(green("✓"), remark), failed: () => end(red("✗")) };
}
