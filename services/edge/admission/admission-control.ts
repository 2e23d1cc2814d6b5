import type { Clock } from '../../../libs/clock/mod.js';
import type { EdgeConfig } from '../config.js';
import { TokenBucket } from '../token-bucket.js';
import { OnceInAWhile } from './once-in-a-while.js';
import type { RunningSet } from './running-set.js';
import { stationHash } from './station-hash.js';
import { Turns } from './turns.js';

/** `running`: a transaction ran there when it was last heard of. */
export type StationClass = 'running' | 'other';

export interface AdmissionCounts {
  admitted(which: StationClass): void;
  turnedAway(which: StationClass): void;
}

export interface AdmissionControlOptions {
  readonly config: Pick<EdgeConfig, 'connectionRate' | 'connectionBurst' | 'connectionReserve'>;
  readonly running: RunningSet;
  readonly clock: Clock;
  readonly counts: AdmissionCounts;
  /** 0 to 1 (exclusive). */
  readonly random?: () => number;
}

/** How often one station id may come in before others, at most. */
const FIRST_PERIOD_MS = 60_000;
/** Retry-After is in whole seconds: a station comes so much after its turn, at most. */
const ROUNDING_MS = 1000;
/** Part of the rate at which stations are told to come back: the rest is for those that come unasked. */
const PROMISED = 0.9;

/**
 * How many stations come in at a time, and who first: a token bucket of handshakes, of which the last part is a reserve for
 * stations with a running transaction. The others come in only while more is there than the reserve and what those will take that
 * were turned away and have their turn before them, or while the bucket is full. So as long as running ones press, what flows in goes
 * to them alone; and nobody waits for those that have a turn and do not come.
 *
 * Decides by the id that a handshake claims, before anything is looked up, so that a storm costs nothing but these decisions. Who
 * claims the id of another only gets as far as authentication; a token is not given back when that fails, and each id comes first
 * once a minute or less. So what a stranger wins is that one station waits as if no transaction ran there.
 *
 * Nobody starves: a station that is let in is gone from the queue, and one that comes again and again comes first once a minute and
 * is one of the others beyond that, so that n of them leave the others all but n / 60 of the tokens a second; and a turn that
 * nobody takes passes. As long as it is not known where transactions run, all stations are alike and there is no reserve.
 */
export class AdmissionControl {
  readonly #bucket: TokenBucket | undefined;
  /** False: all stations are alike. */
  readonly #prefers: boolean;
  readonly #reserve: number;
  readonly #readBelow: number;
  /** Those that came in before others. */
  readonly #firsts = new OnceInAWhile(FIRST_PERIOD_MS);
  readonly #runningTurns: Turns;
  readonly #otherTurns: Turns;
  readonly #random: () => number;

  constructor(private readonly options: AdmissionControlOptions) {
    const { connectionRate: rate, connectionBurst: burst, connectionReserve } = options.config;
    this.#random = options.random ?? Math.random;
    this.#prefers = connectionReserve > 0;
    this.#reserve = Math.min(Math.ceil((burst * connectionReserve) / 100), burst - 1);
    this.#readBelow = (this.#reserve + burst) / 2;
    if (rate > 0) this.#bucket = new TokenBucket(rate, burst, options.clock.monotonic());
    // Told in whole seconds, those of one second may come all at once: no more than a burst.
    this.#runningTurns = new Turns(Math.max(1, Math.min(rate * PROMISED, burst)), this.#random);
    const unreserved = burst - this.#reserve;
    this.#otherTurns = new Turns(Math.max(1, Math.min(rate * PROMISED, unreserved)), this.#random);
  }

  /** Stations that were told to come back and whose turn has not come; some may have come before it and be in. */
  get backlog(): number {
    const now = this.options.clock.monotonic();
    const others = this.#otherTurns.backlog(Math.max(now, this.#runningTurns.end));
    return this.#runningTurns.backlog(now) + others;
  }

  /**
   * A station knocks. Undefined: it may come in now; else seconds after which it may come again: its turn among those that were
   * turned away, those with a running transaction first, and a random part.
   */
  knock(stationId: string): number | undefined {
    const { clock, running, counts } = this.options;
    if (this.#bucket === undefined) {
      counts.admitted('other');
      return undefined;
    }
    const now = clock.monotonic();
    const hash = stationHash(stationId);
    const known = this.#prefers && running.knowsAny(now);
    const runs = known && running.has(hash);
    const which = runs ? 'running' : 'other';
    const kept = known ? this.#keptAt(now) : 0;
    let admitted = this.#bucket.tryTake(now, kept);
    const isFirst = runs && !admitted && this.#firsts.may(hash, now);
    if (isFirst && this.#bucket.tryTake(now)) {
      this.#firsts.note(hash);
      admitted = true;
    }
    if (this.#bucket.left(now) < this.#readBelow) running.refresh(now);
    if (admitted) {
      counts.admitted(which);
      return undefined;
    }
    counts.turnedAway(which);
    const turn = isFirst
      ? this.#runningTurns.of(hash, now)
      : this.#otherTurns.of(hash, now, this.#runningTurns.end + ROUNDING_MS);
    return this.#secondsUntil(turn - now);
  }

  /** Tokens that others leave: never all of them, for what flows into a full bucket would be lost. */
  #keptAt(now: number): number {
    const { connectionBurst } = this.options.config;
    return Math.min(this.#reserve + this.#runningTurns.backlog(now - ROUNDING_MS), connectionBurst - 1);
  }

  /** A tenth more at random, and to a whole second. */
  #secondsUntil(ms: number): number {
    return Math.max(1, Math.ceil((ms * (1 + this.#random() / 10)) / 1000));
  }
}
