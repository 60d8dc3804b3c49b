/** Follows a growing text file line by line, also over its replacement by a new one at a restart. */
import { open, stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

/**
 * @param {string} path
 * @param {(line: string) => void} onLine
 * @param {{ fromStart?: boolean, signal?: AbortSignal }} [options]
 */
export async function followLog(path, onLine, { fromStart = true, signal } = {}) {
  let position = fromStart ? 0 : await sizeOf(path);
  let rest = Buffer.alloc(0);
  const buffer = Buffer.alloc(65_536);
  while (!signal?.aborted) {
    const size = await sizeOf(path);
    if (size < position) {
      position = 0;
      rest = Buffer.alloc(0);
    }
    if (size > position) {
      const file = await open(path);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      await file.close();
      position += bytesRead;
      rest = lines(Buffer.concat([rest, buffer.subarray(0, bytesRead)]), onLine);
    } else {
      await pause(150, undefined, { signal }).catch(() => {});
    }
  }
}

/** Hands out the whole lines and gives back what is left: bytes, for a character may be cut in two. */
function lines(bytes, onLine) {
  const end = bytes.lastIndexOf(0x0a);
  if (end === -1) return bytes;
  for (const line of bytes.subarray(0, end).toString("utf8").split("\n")) onLine(line);
  return bytes.subarray(end + 1);
}

async function sizeOf(path) {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}
