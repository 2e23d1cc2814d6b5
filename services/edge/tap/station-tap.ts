import { BusError, type Bus } from '../../../libs/bus/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import { encodeTapped, subjects, type TapRequest, type TapTold } from '../../../libs/link/mod.js';
import type { Cell } from '../../../libs/ops/mod.js';
import { TokenBucket } from '../token-bucket.js';
import { MESSAGE_BYTES, STATION_BURST_BYTES, STATION_BYTES_PER_SECOND } from './limits.js';

export interface StationTapParts {
  readonly edgeId: string;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Of all stations of the edge. */
  readonly budget: TokenBucket;
  /** Counts what is left out. */
  readonly leftOut: Cell;
}

/** Somebody who taps the station. */
interface Listener {
  readonly subject: string;
  /** Monotonic milliseconds. */
  expiresAt: number;
  /** What it was told, counted. */
  told: number;
  leftOut: number;
}

/** Those who tap one station, and what they are told. */
export class StationTap {
  readonly #listeners = new Map<string, Listener>();
  readonly #budget: TokenBucket;

  constructor(
    readonly stationId: string,
    private readonly parts: StationTapParts,
  ) {
    const now = parts.clock.monotonic();
    this.#budget = new TokenBucket(STATION_BYTES_PER_SECOND, STATION_BURST_BYTES, now);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  hears({ process, id }: TapRequest): boolean {
    return this.#listeners.has(subjects.tapped(process, id));
  }

  /** It listens until then, as far as it is not heard of again. */
  listen({ process, id }: TapRequest, expiresAt: number): void {
    const subject = subjects.tapped(process, id);
    const listener = this.#listeners.get(subject);
    if (listener === undefined) this.#listeners.set(subject, { subject, expiresAt, told: 0, leftOut: 0 });
    else listener.expiresAt = expiresAt;
  }

  forget({ process, id }: TapRequest): void {
    this.#listeners.delete(subjects.tapped(process, id));
  }

  /** Forgets those whose lease has ended. */
  expire(now: number): void {
    for (const [subject, { expiresAt }] of this.#listeners) {
      if (expiresAt <= now) this.#listeners.delete(subject);
    }
  }

  /** Takes the budget of a message of so many bytes. False: it is not to be told, and counted. */
  has(bytes: number, now: number): boolean {
    const { budget, leftOut } = this.parts;
    if (this.#budget.hasOne(now) && budget.hasOne(now)) {
      this.#budget.take(now, bytes + MESSAGE_BYTES);
      budget.take(now, (bytes + MESSAGE_BYTES) * this.#listeners.size);
      return true;
    }
    for (const listener of this.#listeners.values()) listener.leftOut++;
    leftOut.add();
    return false;
  }

  tell(told: TapTold, connectionId?: string): void {
    for (const listener of this.#listeners.values()) this.#tell(listener, told, connectionId);
  }

  /** Tells one alone. */
  answer({ process, id }: TapRequest, told: TapTold): void {
    const listener = this.#listeners.get(subjects.tapped(process, id));
    if (listener !== undefined) this.#tell(listener, told);
  }

  #tell(listener: Listener, told: TapTold, connectionId?: string): void {
    const { leftOut: messages } = listener;
    if (messages > 0) {
      listener.leftOut = 0;
      this.#publish(listener, { kind: 'left_out', messages });
    }
    this.#publish(listener, told, connectionId);
  }

  /** What the bus does not take is a gap in the numbers. */
  #publish(listener: Listener, told: TapTold, connectionId?: string): void {
    const { edgeId, bus, clock } = this.parts;
    const number = ++listener.told;
    const tapped = {
      edgeId,
      number,
      at: clock.now(),
      told,
      ...(connectionId !== undefined && { connectionId }),
    };
    try {
      bus.publish(listener.subject, encodeTapped(tapped));
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.parts.leftOut.add();
    }
  }
}
