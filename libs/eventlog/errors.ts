/**
 * Why the event log refused:
 * `unavailable`: disk full, I/O error, closed, server away; nothing is known of the outcome; append again later,
 * repeats are dropped.
 * `damaged`: an entry cannot be read; restore a backup.
 * `bad_argument`: a bug of the caller.
 */
export type EventLogErrorCode = 'unavailable' | 'damaged' | 'bad_argument';

export class EventLogError extends Error {
  override readonly name = 'EventLogError';

  constructor(
    readonly code: EventLogErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
