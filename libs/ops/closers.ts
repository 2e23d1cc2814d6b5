import type { Logger } from './logger.js';

/** What has to be stopped, the newest first. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = [];
  #closed: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  add(closer: () => Promise<void>): void {
    this.#closers.push(closer);
  }

  /** Stops everything, also when some of it fails (which is logged); asked again, waits for the same. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    for (const closer of this.#closers.reverse()) {
      try {
        await closer();
      } catch (error) {
        this.logger.error({ err: error }, 'stop_failed');
      }
    }
  }
}

/**
 * What `start` gives. When it rejects, what it had added to the closers is stopped, and the rejection is passed on.
 */
export async function startOrStop<T>(logger: Logger, start: (closers: Closers) => Promise<T>): Promise<T> {
  const closers = new Closers(logger);
  try {
    return await start(closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}
