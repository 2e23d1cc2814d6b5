import type { Bus } from '../../libs/bus/mod.js';

/** Most that an envelope adds to a payload. */
const ENVELOPE_BYTES = 4096;

/**
 * Throws while the bus does not carry the largest message that a station may send. A bus that comes to another server may
 * carry less than before.
 */
export function mustCarryMessages({ maxPayload }: Pick<Bus, 'maxPayload'>, maxMessageBytes: number): void {
  const most = maxPayload - ENVELOPE_BYTES;
  if (maxMessageBytes <= most) return;
  throw new Error(
    `stations may send ${maxMessageBytes} bytes, but the bus takes at most ${most}: raise max_payload of the NATS ` +
      `servers to ${maxMessageBytes + ENVELOPE_BYTES} or more, or lower the largest message size`,
  );
}
