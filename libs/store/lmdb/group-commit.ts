import type { Clock } from '../../clock/mod.js';

/** A part of a transaction that is written by `Writer`. */
export interface Change<Writer> {
  /**
   * Writes at once; what it throws, it throws before it has written anything. Nothing else is being written at this moment,
   * and all earlier changes are either committed or failed for good.
   */
  apply(writer: Writer): void;
  /** Called when the transaction is durable, before any later change is applied. */
  committed?(): void;
}

export interface GroupCommitOptions<Writer> {
  readonly clock: Clock;
  /** Under load, milliseconds from the start of one transaction to the start of the next: the more, the fewer. */
  readonly intervalMs: number;
  /** Changes that may wait, in bytes; past it they are refused. */
  readonly maxPendingBytes: number;
  /** Runs `apply`, changes of `bytes` in all, in one transaction and resolves when that is durable. */
  readonly transact: (apply: (writer: Writer) => void, bytes: number) => Promise<void>;
  readonly overloaded: () => Error;
}

interface Pending<Writer> {
  readonly change: Change<Writer>;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Set when `apply` threw. */
  refusal?: { readonly error: unknown };
}

/**
 * Collects changes into transactions, one after the other. A transaction costs about 200 µs of CPU, most of it the flush,
 * so the changes of many stations share one: all that come up while the last one is being flushed, and at a high rate
 * all of `intervalMs`. A lone change starts at once.
 */
export class GroupCommit<Writer> {
  readonly #options: GroupCommitOptions<Writer>;
  #waiting: Pending<Writer>[] = [];
  #waitingBytes = 0;
  #busy = false;
  #scheduled = false;
  #lastStart = -Infinity;
  #idle: (() => void)[] = [];

  constructor(options: GroupCommitOptions<Writer>) {
    this.#options = options;
  }

  /** Resolves when the change is durable; rejects when nothing of it was written. */
  write(change: Change<Writer>, bytes: number): Promise<void> {
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > this.#options.maxPendingBytes) {
      return Promise.reject(this.#options.overloaded());
    }
    this.#waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, bytes, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits any more. */
  idle(): Promise<void> {
    if (!this.#busy && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  #schedule(): void {
    if (this.#busy || this.#scheduled) return;
    this.#scheduled = true;
    const { clock, intervalMs } = this.#options;
    const delay = this.#lastStart + intervalMs - clock.monotonic();
    const start = () => {
      this.#scheduled = false;
      void this.#run();
    };
    if (delay > 0) clock.setTimer(delay, start);
    else clock.soon(start);
  }

  async #run(): Promise<void> {
    const group = this.#waiting;
    const bytes = this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#busy = true;
    this.#lastStart = this.#options.clock.monotonic();
    try {
      await this.#options.transact((writer) => {
        for (const pending of group) applyTo(writer, pending);
      }, bytes);
      for (const { change, refusal } of group) if (refusal === undefined) change.committed?.();
      for (const { resolve, reject, refusal } of group)
        refusal === undefined ? resolve() : reject(refusal.error);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    this.#busy = false;
    if (this.#waiting.length > 0) this.#schedule();
    else this.#tellIdle();
  }

  #tellIdle(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

function applyTo<Writer>(writer: Writer, pending: Pending<Writer>): void {
  try {
    pending.change.apply(writer);
  } catch (error) {
    pending.refusal = { error };
  }
}
