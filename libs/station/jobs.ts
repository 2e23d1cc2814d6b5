import type { Timer } from '../clock/mod.js';
import type { Timers } from './timers.js';

/** What a station does in the background and tells of in status notifications. */
export type JobKind = 'firmware' | 'log' | 'diagnostics' | 'publish';

export interface Job {
  readonly status: string;
  readonly requestId: number | undefined;
}

const IDLE: Job = { status: 'Idle', requestId: undefined };

/** Background jobs, at most one of each kind: a status after the other, `stepMs` apart. */
export class Jobs {
  readonly #timers: Timers;
  readonly #stepMs: number;
  readonly #current = new Map<JobKind, Job & { readonly timer: Timer }>();

  constructor(timers: Timers, stepMs: number) {
    this.#timers = timers;
    this.#stepMs = stepMs;
  }

  /** The last status of the job that runs; Idle when none does. */
  current(kind: JobKind): Job {
    return this.#current.get(kind) ?? IDLE;
  }

  isRunning(kind: JobKind): boolean {
    return this.#current.has(kind);
  }

  /**
   * Runs through `statuses`, the first of them at once, and tells each; `finished` comes after the last one.
   * A running job of the same kind is given up.
   */
  run(
    kind: JobKind,
    statuses: readonly string[],
    requestId: number | undefined,
    tell: (job: Job) => void,
    finished: () => void = () => undefined,
  ): void {
    this.cancel(kind);
    const [status, ...rest] = statuses;
    if (status === undefined) {
      finished();
      return;
    }
    const next = () => this.run(kind, rest, requestId, tell, finished);
    const job = { status, requestId, timer: this.#timers.after(this.#stepMs, next) };
    this.#current.set(kind, job);
    tell(job);
  }

  /** The station was switched off: no job runs any more. */
  clear(): void {
    for (const kind of [...this.#current.keys()]) this.cancel(kind);
  }

  /** False when no such job ran. */
  cancel(kind: JobKind): boolean {
    this.#current.get(kind)?.timer.cancel();
    return this.#current.delete(kind);
  }
}
