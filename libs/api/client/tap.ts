import type { TapServiceClient, TapStationResponse } from '../grpc.js';
import { resumed } from './resumed.js';

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
  const call = (attempt: AbortSignal) => service.tapStation({ stationId }, { signal: attempt });
  for await (const message of resumed(call, { signal, onBreak }, closing)) {
    // Of a gateway of a later version, something that this one does not know.
    if (message.what !== undefined) yield message;
  }
}
