import type { Clock } from '../../../libs/clock/mod.js';
import type { Directory, StationRecord } from '../../../libs/store/mod.js';

export interface LookUpLimits {
  /** Look-ups made at the same time. */
  readonly concurrency: number;
  readonly timeoutMs: number;
}

/** A look-up that the directory has not answered yet. */
interface Asked {
  readonly stationId: string;
  /** The record was changed since. */
  outdated: boolean;
}

/**
 * Directory look-ups, a bounded number of them at a time. The promise rejects when the directory fails, or has not
 * answered in time; waiting for one's turn counts. Nothing that was read is kept.
 */
export class LookUps {
  #running = 0;
  #waiting: (() => void)[] = [];
  #pending = 0;
  readonly #asked = new Set<Asked>();

  constructor(
    private readonly directory: Directory,
    private readonly clock: Clock,
    private readonly limits: LookUpLimits,
  ) {}

  /** Look-ups under way or waiting. */
  get pending(): number {
    return this.#pending;
  }

  get(stationId: string): Promise<StationRecord | undefined> {
    this.#pending++;
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = this.clock.setTimer(this.limits.timeoutMs, () => {
        late = true;
        this.#pending--;
        reject(new Error(`the directory did not answer within ${this.limits.timeoutMs} ms`));
      });
      const settle = (outcome: () => void) => {
        this.#leave();
        if (late) return;
        timer.cancel();
        this.#pending--;
        outcome();
      };
      this.#enter(() => {
        if (late) return this.#leave();
        this.#ask(stationId).then(
          (record) => {
            settle(() => {
              resolve(record);
            });
          },
          (error: unknown) => {
            settle(() => {
              reject(error instanceof Error ? error : new Error(String(error)));
            });
          },
        );
      });
    });
  }

  /** The records of these stations were changed: what is on its way here may be what they were, and is read again. */
  outdate(stationIds: ReadonlySet<string>): void {
    for (const asked of this.#asked) if (stationIds.has(asked.stationId)) asked.outdated = true;
  }

  async #ask(stationId: string): Promise<StationRecord | undefined> {
    const asked: Asked = { stationId, outdated: false };
    this.#asked.add(asked);
    try {
      for (;;) {
        asked.outdated = false;
        const record = await this.directory.get(stationId);
        if (!asked.outdated) return record;
      }
    } finally {
      this.#asked.delete(asked);
    }
  }

  #enter(work: () => void): void {
    if (this.#running < this.limits.concurrency) {
      this.#running++;
      work();
    } else {
      this.#waiting.push(work);
    }
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}
