import { Backoff, isTransient } from './transient.js';

export interface Resuming {
  /** Aborted, the iteration ends. */
  readonly signal: AbortSignal | undefined;
  /** The connection broke. Told once for each break. */
  readonly onBreak: ((error: Error) => void) | undefined;
  /** Ends when a call ends by itself; otherwise it is made anew. */
  readonly once?: boolean;
}

/**
 * What a streaming call yields; made anew, with back-off, as often as its connection breaks, until `signal` or `closing`.
 * @throws ClientError that no other attempt would mend.
 */
export async function* resumed<Message>(
  call: (signal: AbortSignal) => AsyncIterable<Message>,
  { signal, onBreak, once = false }: Resuming,
  closing: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  const ended = signal === undefined ? closing : AbortSignal.any([closing, signal]);
  const backoff = new Backoff();
  while (!ended.aborted) {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    ended.addEventListener('abort', abort, { once: true });
    try {
      for await (const message of call(attempt.signal)) {
        backoff.succeeded();
        yield message;
      }
      if (once) return;
    } catch (error) {
      if (ended.aborted) return;
      if (!isTransient(error)) throw error;
      if (backoff.fresh) onBreak?.(error);
    } finally {
      ended.removeEventListener('abort', abort);
      attempt.abort();
    }
    await backoff.wait(ended);
  }
}
