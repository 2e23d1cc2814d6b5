import { BusError } from './errors.js';

/** The failures that every bus has, in the same words. */

export function notConnected(): BusError {
  return new BusError('unavailable', 'the bus is not connected: try again when onStatus tells that it is');
}

export function closed(): BusError {
  return new BusError('unavailable', 'the bus is closed: nothing can be sent any more');
}

export function tooLarge(subject: string, length: number, maxPayload: number): BusError {
  return new BusError(
    'too_large',
    `${length} bytes for subject "${subject}": send at most ${maxPayload} in one message`,
  );
}

/** Makes what a handler threw an uncaught exception. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
