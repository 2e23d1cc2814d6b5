/**
 * Why a bus call failed:
 * `unavailable`: not connected, closed, or too much waits for delivery; try again later.
 * `no_responders`: nobody subscribes to the subject at this moment; try again later, or start who should answer.
 * `timeout`: no reply in time; whether the request was handled is unknown.
 * `too_large`: `data` exceeds `maxPayload`; sending it again is useless.
 * `bad_subject`: a bug of the caller.
 */
export type BusErrorCode = 'unavailable' | 'no_responders' | 'timeout' | 'too_large' | 'bad_subject';

export class BusError extends Error {
  override readonly name = 'BusError';

  constructor(
    readonly code: BusErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
