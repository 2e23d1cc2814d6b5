import type { TapServiceClient, TapStationResponse } from '../grpc.js';
import { Backoff, isTransient } from './transient.js';

export interface TapOptions {
  /** Aborted, the iteration ends. */
  readonly signal?: AbortSignal;
  /** The connection broke; it begins anew as soon as it can, with `listening`. Told once for each break. */
  readonly onBreak?: (error: Error) => void;
}

export async function* tap(
  service: TapServiceClient,
  stationId: string,
  { signal, onBreak }: TapOptions,
  closing: AbortSignal,
): AsyncGenerator<TapStationResponse, void, undefined> {
  const ended = signal === undefined ? closing : AbortSignal.any([closing, signal]);
  const backoff = new Backoff();
  while (!ended.aborted) {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    ended.addEventListener('abort', abort, { once: true });
    try {
      for await (const message of service.tapStation({ stationId }, { signal: attempt.signal })) {
        backoff.succeeded();
        // Of a gateway of a later version, something that this one does not know.
        if (message.what !== undefined) yield message;
      }
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
