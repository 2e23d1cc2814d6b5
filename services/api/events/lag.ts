import type { Cursor, EventLog } from '../../../libs/eventlog/mod.js';
import type { Metrics } from '../../../libs/ops/mod.js';

/** Where a reader of the log is. */
export interface Reader {
  readonly cursor: Cursor;
}

/**
 * Shows how far the streams of events are behind the log. The log is asked for its end when the metrics are read, and not
 * waited for: what is shown is as old as the reading before.
 */
export class Lag {
  readonly #readers = new Set<Reader>();
  #end: Cursor = 0;
  #asking = false;

  constructor(
    metrics: Metrics,
    private readonly log: Pick<EventLog, 'last'>,
  ) {
    metrics.gauge(
      {
        name: 'stationmaster_api_stream_behind_events',
        help: 'Events of the log that the stream furthest behind has not come to; 0 without streams',
      },
      () => {
        void this.#look();
        return this.#behind;
      },
    );
  }

  /** Until the function that it returns is called. */
  follow(reader: Reader): () => void {
    this.#readers.add(reader);
    return () => {
      this.#readers.delete(reader);
    };
  }

  get #behind(): number {
    let behind = 0;
    for (const { cursor } of this.#readers) behind = Math.max(behind, this.#end - cursor);
    return behind;
  }

  async #look(): Promise<void> {
    if (this.#asking || this.#readers.size === 0) return;
    this.#asking = true;
    try {
      this.#end = await this.log.last();
    } catch {
      // A log that is away has nothing that could be read, and readiness says so.
    } finally {
      this.#asking = false;
    }
  }
}
