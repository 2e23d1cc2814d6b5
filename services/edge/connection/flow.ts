import type { Socket } from '../socket/mod.js';
import { TokenBucket } from '../token-bucket.js';
import type { ConnectionContext } from './context.js';

/** Why the socket is not read: bits. */
export const Pause = {
  /** The station sends faster than it may. */
  RATE: 1,
  /** CALLs wait for the one in flight. */
  QUEUE: 2,
  /** The connection is about to be closed. */
  DRAIN: 4,
} as const;

/** A message counts once, and once more for each full so many bytes: checking and keeping it takes as much longer. */
const BYTES_PER_MESSAGE = 8 * 1024;

/** A pause ends at a sweep: what may be sent in such a time must not be cut off by the burst. */
const PAUSE_S = 0.1;

/**
 * How fast messages go either way on one connection. In: the station is slowed down by not reading; messages that had been
 * read already are served, and paid for by a longer pause. Out: notices a station that does not read.
 */
export class Flow {
  #pauses = 0;
  /** The socket cannot stop reading. */
  #unstoppable = false;
  readonly #bucket: TokenBucket | undefined;
  /** Since when the station has not read all that was sent; undefined: it has. */
  #stalledSince: number | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly context: ConnectionContext,
    now: number,
  ) {
    const { stationRateLimit, stationBurst } = context.config;
    if (stationRateLimit === 0) return;
    this.#bucket = new TokenBucket(stationRateLimit, Math.max(stationBurst, stationRateLimit * PAUSE_S), now);
  }

  get paused(): boolean {
    return this.#pauses !== 0;
  }

  get needsTime(): boolean {
    return (this.#pauses & Pause.RATE) !== 0 || this.#stalledSince !== undefined;
  }

  /** Counts a message that came in, a large one several times. True: it is too much, and reading stops until it is paid for. */
  isTooFast(now: number, bytes: number): boolean {
    if (this.#bucket?.take(now, 1 + Math.floor(bytes / BYTES_PER_MESSAGE)) !== false) return false;
    this.pause(Pause.RATE);
    return true;
  }

  /** True: the station is far too fast, and this socket cannot slow it down. */
  get isOverrun(): boolean {
    return this.#unstoppable && (this.#bucket?.debt ?? 0) > this.context.config.stationBurst;
  }

  pause(reason: number): void {
    const before = this.#pauses;
    this.#pauses |= reason;
    if (before !== 0) return;
    this.context.totals.pausedConnections++;
    this.#unstoppable = !this.socket.pause();
  }

  resume(reason: number): void {
    const before = this.#pauses;
    this.#pauses &= ~reason;
    if (before === 0 || this.#pauses !== 0) return;
    this.context.totals.pausedConnections--;
    this.socket.resume();
  }

  /** What was sent had to be buffered. True: the station has begun not to read. */
  hasStalled(now: number): boolean {
    if (this.#stalledSince !== undefined) return false;
    this.#stalledSince = now;
    return true;
  }

  drained(): void {
    this.#stalledSince = undefined;
  }

  /** Does what is due. False: the station has not read for too long. */
  sweep(now: number): boolean {
    if ((this.#pauses & Pause.RATE) !== 0 && this.#bucket?.hasOne(now) !== false) this.resume(Pause.RATE);
    if (this.#stalledSince === undefined) return true;
    if (this.socket.bufferedAmount > 0) return now - this.#stalledSince < this.context.config.stalledAfterMs;
    this.#stalledSince = undefined;
    return true;
  }

  /** The connection is over. */
  end(): void {
    if (this.#pauses !== 0) this.context.totals.pausedConnections--;
    this.#pauses = 0;
  }
}
