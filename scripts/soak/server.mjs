/** The server under test: one folder and one port over all its deaths. */
import { startDirectServer } from "../bench/direct-process.mjs";

export class KillableServer {
  #folder;
  #bundle;
  #running;
  #port;

  constructor(folder, bundle) {
    this.#folder = folder;
    this.#bundle = bundle;
  }

  async start() {
    this.#running = await startDirectServer({
      folder: this.#folder,
      bundle: this.#bundle,
      workers: ["service"],
      port: this.#port,
    });
    this.#port = this.#running.port;
  }

  access() {
    return {
      baseUrl: this.#running.addresses.service,
      bootstrapKey: this.#running.bootstrapKey,
    };
  }

  /** SIGKILL for the group: its runtime, and the process that started it. */
  async kill() {
    await this.#running.kill();
  }

  async stop() {
    await this.#running?.stop();
  }
}
