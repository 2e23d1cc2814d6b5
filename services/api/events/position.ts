import type { grpc } from '../../../libs/api/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import type { Cursor, LoggedEntry } from '../../../libs/eventlog/mod.js';
import { markOf, textOf, type Place } from './cursors.js';

/** Where a stream is, and what its client knows of that. */
export class Position {
  #told: Cursor;
  #toldAt: number;

  constructor(
    private place: Place,
    private readonly clock: Clock,
  ) {
    this.#told = place.cursor;
    this.#toldAt = clock.monotonic();
  }

  get cursor(): Cursor {
    return this.place.cursor;
  }

  /** The client does not know how far the stream is. */
  get isAhead(): boolean {
    return this.cursor > this.#told;
  }

  /** Places that were passed over since the client was told something. */
  get skipped(): number {
    return this.cursor - this.#told;
  }

  /** Milliseconds since then. */
  get quietMs(): number {
    return this.clock.monotonic() - this.#toldAt;
  }

  /** The entry has been read. */
  at(entry: LoggedEntry): void {
    this.place = { cursor: entry.cursor, mark: markOf(entry) };
  }

  /** Nothing up to here is left to be read. */
  moveTo(cursor: Cursor): void {
    this.place = { ...this.place, cursor };
  }

  /** There is nothing to tell. */
  rest(): void {
    this.#toldAt = this.clock.monotonic();
  }

  message(event?: grpc.Event): grpc.StreamEventsResponse {
    this.#told = this.cursor;
    this.rest();
    return { cursor: textOf(this.place), event };
  }
}
