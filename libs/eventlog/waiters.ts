import { EventLogError } from './errors.js';
import type { Cursor } from './eventlog.js';

const MAX_WAITERS = 10_000;

interface Waiter {
  readonly after: Cursor;
  readonly resolve: () => void;
  readonly reject: (error: EventLogError) => void;
}

/** Readers that have read everything and wait for the next entry. */
export class Waiters {
  readonly #waiters = new Set<Waiter>();

  /** Resolves when `wake` is called with a cursor past `after`; rejects with the signal's reason. */
  async wait(after: Cursor, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiters.size >= MAX_WAITERS) {
      throw new EventLogError('unavailable', `${MAX_WAITERS} readers wait already: try again later`);
    }
    let onAbort: () => void = () => undefined;
    let waiter: Waiter | undefined;
    try {
      await new Promise<void>((resolve, reject: (reason: unknown) => void) => {
        waiter = { after, resolve, reject };
        this.#waiters.add(waiter);
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    } finally {
      if (waiter !== undefined) this.#waiters.delete(waiter);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** @param last cursor of the newest entry. */
  wake(last: Cursor): void {
    for (const waiter of this.#waiters) {
      if (last > waiter.after) waiter.resolve();
    }
  }

  fail(error: EventLogError): void {
    for (const waiter of this.#waiters) waiter.reject(error);
  }
}
