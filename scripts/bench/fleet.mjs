/** What an enrolment costs that Microsoft validates: the Worker's process alone, the fake of Microsoft in this one. */
import { fleetMessageMaker, provisionFleet, startMicrosoft } from "./microsoft.mjs";

/** Enough to tell whether a token was asked for once or every time. */
const warm = 1000;

/**
 * @param {(url: string, make: () => object, blocks?: number) => Promise<object>} options.run enrols, and measures it
 * @returns the measurement, what Microsoft was asked over 1,000 enrolments, and what its parts cost here
 */
export async function measureFleet({ baseUrl, made, template, keys, run, floor, calls }) {
  const microsoft = await startMicrosoft();
  const { fake, origin } = microsoft;
  try {
    const { url, directory } = await provisionFleet(baseUrl, made, template, microsoft);
    const make = await fleetMessageMaker(url, microsoft, directory, keys);
    let measured = await run(url, make);
    while (fake.count("validate") < warm) measured = await run(url, make);
    const enrolled = fake.count("validate");
    if (fake.violations.length > 0) throw new Error(fake.violations.join("; "));
    return {
      ...measured,
      enrolled,
      tokens: fake.count("login-graph") + fake.count("login-intune"),
      discoveries: fake.count("graph"),
      asked: (fake.count("validate") + fake.count("success")) / enrolled,
      kv: await floor("2048", calls, "kv"),
      fetch: await floor("2048", calls, "fetch", `${origin}/nothing`),
    };
  } finally {
    microsoft.close();
  }
}
