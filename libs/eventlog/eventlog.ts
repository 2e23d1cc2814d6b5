/** Durable events: appended once, kept in order, read from a cursor. */
export interface EventLog {
  /**
   * Durable when it resolves. An entry whose (incarnation, number) is not greater than the last one of its station
   * is a repeat and is dropped, so appending again after a crash is safe. Entries of one station keep their order. Data must
   * not be changed until then.
   * @throws EventLogError `unavailable`: append them again; `bad_argument`: then none is written.
   */
  append(entries: readonly EventEntry[]): Promise<void>;
  /** Up to `limit` entries after `after` (0: from the beginning) that match; and where to go on from. */
  read(options: { after: Cursor; limit: number; filter?: EventFilter }): Promise<EventPage>;
  /** Resolves when there is an entry after `after`; rejects with the signal's reason. */
  waitFor(after: Cursor, signal: AbortSignal): Promise<void>;
  /** Cursor of the newest entry; 0 for an empty log. */
  last(): Promise<Cursor>;
  /** Number of entries in the log. */
  size(): Promise<number>;
  close(): Promise<void>;
}

/** Position in the log; grows with every entry. */
export type Cursor = number;

export interface EventEntry {
  /** Station token. */
  readonly station: string;
  /** Grows when a station's state was created anew; numbers start from 1 in each incarnation. */
  readonly incarnation: number;
  /** Gap-free per station and incarnation. */
  readonly number: number;
  /** Event type, e.g. `transaction.started`. */
  readonly type: string;
  /** The CloudEvent in structured JSON form, UTF-8. */
  readonly data: Uint8Array;
}

export interface EventFilter {
  readonly station?: string;
  readonly types?: readonly string[];
}

export interface EventPage {
  readonly entries: readonly (EventEntry & { readonly cursor: Cursor })[];
  /** Pass as the next `after`: past everything looked at, matching or not. */
  readonly next: Cursor;
}
