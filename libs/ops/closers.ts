import type { Logger } from './logger.js';

/** What has to be stopped, the newest first. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = [];
  #closed: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  /** Also what was opened while the others were stopped is stopped, soon. */
  add(closer: () => Promise<void>): void {
    this.#closers.push(closer);
    if (this.#closed !== undefined) this.#closed = this.#closed.then(() => this.#closeAll());
  }

  get closing(): boolean {
    return this.#closed !== undefined;
  }

  /** Stops everything, also when some of it fails (which is logged); asked again, waits for the same. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) {
      try {
        await closer();
      } catch (error) {
        this.logger.error({ err: error }, 'stop_failed');
      }
    }
  }
}

/**
 * What `start` gives. When it rejects, what it had added to the closers is stopped, and the rejection is passed on. Who
 * passes `closers` can stop what was opened while it still starts.
 */
export async function startOrStop<T>(
  logger: Logger,
  start: (closers: Closers) => Promise<T>,
  closers = new Closers(logger),
): Promise<T> {
  try {
    return await start(closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}
