/** One part of a long command, with its progress line. */
import { progress } from "./terminal.mjs";

export async function step(what, work) {
  const line = progress(what);
  try {
    const result = await work();
    line.done();
    return result;
  } catch (error) {
    line.failed();
    throw error;
  }
}
