/** What the processes of the replay benchmark say to each other. */

export type LogName = 'memory' | 'LMDB' | 'JetStream';

export type ToReplayServer =
  { readonly kind: 'serve'; readonly log: LogName; readonly events: number } | { readonly kind: 'cpu' };

export type FromReplayServer =
  { readonly kind: 'serving'; readonly port: number } | { readonly kind: 'cpu'; readonly cpu: number };

/** Read everything from the oldest event to the end. */
export interface ToReader {
  readonly kind: 'read';
  readonly port: number;
}

export interface FromReader {
  readonly kind: 'read';
  readonly events: number;
  readonly elapsedMs: number;
}
