/**
 * Why the store refused:
 * `unavailable`: disk full, I/O error, closed, server away; nothing is known of the outcome; try again later.
 * `refused`: the server does not let us in (password, rights); waiting does not help, other settings do.
 * `in_use`: another process has the data directory open.
 * `mismatch`: the data was created with other settings (number of shards, format); start with those.
 * `damaged`: a record cannot be read; restore a backup.
 * `bad_argument`: a bug of the caller.
 */
export type StoreErrorCode = 'unavailable' | 'refused' | 'in_use' | 'mismatch' | 'damaged' | 'bad_argument';

export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
