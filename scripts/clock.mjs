/** The cron trigger: the development server knows it and does not ring it. */

const minute = 60_000;

/** Rings at once and then every minute, for as long as this process lives. */
export function startClock({ baseUrl }) {
  const ring = async () => {
    try {
      const answer = await fetch(`${baseUrl}/cdn-cgi/handler/scheduled`);
      await answer.arrayBuffer();
    } catch {
      // The server is busy or on its way out: the next minute rings again.
    }
  };
  void ring();
  setInterval(() => void ring(), minute).unref();
}
