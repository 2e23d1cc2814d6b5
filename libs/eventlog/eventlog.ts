/** Durable events: appended once, kept in order, read from a cursor. */
export interface EventLog {
  /**
   * Durable when it resolves. Entries of one station keep their order, also over several calls. An entry whose
   * (incarnation, number) is not greater than the last one of its station is a repeat and is dropped, so appending again
   * after a crash is safe; the caller says `again` for what may stand in the log. Data must not be changed until then.
   * @throws EventLogError `unavailable`: some may be written; append all of them again, with `again`;
   * `bad_argument`: none is written; or, where the log is on a server that finds one of them too large, those of other
   * stations, and those before it of its own, are.
   */
  append(entries: readonly EventEntry[]): Promise<void>;
  /**
   * Entries after `after` (0: from the beginning) that match, and where to go on from. What was forgotten is passed over. An
   * entry can be read soon after its append; at once where the log has one copy.
   * @throws EventLogError `unavailable`, `damaged`, `bad_argument`.
   */
  read(options: ReadOptions): Promise<EventPage>;
  /**
   * Resolves when there is an entry after `after`; rejects with the signal's reason.
   * @throws EventLogError `unavailable` when the log closes or too many wait. A server that is away is waited for.
   */
  waitFor(after: Cursor, signal: AbortSignal): Promise<void>;
  /**
   * Cursor of the oldest entry that is there; `last() + 1` when there is none. Never goes back: a reader that has read up to
   * `after`, and finds `first()` at most `after + 1` then, has missed nothing that was forgotten.
   * @throws EventLogError `unavailable`.
   */
  first(): Promise<Cursor>;
  /** Cursor of the newest entry, also of one that is forgotten; 0 when there never was one. @throws EventLogError `unavailable`. */
  last(): Promise<Cursor>;
  /** Number of entries in the log. @throws EventLogError `unavailable`. */
  size(): Promise<number>;
  close(): Promise<void>;
}

/** Position in the log; grows with every entry. */
export type Cursor = number;

export interface ReadOptions {
  readonly after: Cursor;
  /** Entries in the page at most. */
  readonly limit: number;
  readonly filter?: EventFilter;
  /** The page ends with the entry that brings its data to so many bytes, at the latest. 8 MiB unless told. */
  readonly bytes?: number;
}

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
  /**
   * True: it may stand in the log already, because it was appended before, maybe by another process. A log that
   * several processes append to looks for it only then.
   */
  readonly again?: boolean;
}

export interface EventFilter {
  readonly station?: string;
  readonly types?: readonly string[];
}

/** An entry as it is read. */
export type LoggedEntry = Omit<EventEntry, 'again'> & { readonly cursor: Cursor };

export interface EventPage {
  readonly entries: readonly LoggedEntry[];
  /** Pass as the next `after`: past everything looked at, matching or not. */
  readonly next: Cursor;
}
