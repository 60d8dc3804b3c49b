/**
 * One look at whether a server answers. Undefined: it does not, or not in time. The time is our own: a fetch was seen that
 * never settled, its signal notwithstanding, and whoever waits for it waits for ever.
 */
export async function probe(url, milliseconds) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([ask(url, milliseconds), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function ask(url, milliseconds) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(milliseconds) });
    return { ok: response.ok, status: response.status, body: await response.text() };
  } catch {
    // Not listening yet.
    return undefined;
  }
}
