import { randomBytes } from 'node:crypto';
import { sleep, within, type Clock, type Timer } from '../../../libs/clock/mod.js';
import type { Logger } from '../../../libs/ops/mod.js';
import { MAX_RUNNING_HASHES, RUNNING_TTL_MS, type RunningStations } from '../../../libs/store/mod.js';
import type { EdgeConfig } from '../config.js';
import type { StationConnection } from '../connection/mod.js';
import type { Registry } from '../registry.js';
import { stationHash } from './station-hash.js';

/** From one round to the next, give or take a quarter, so that edges do not write all at once. */
const ROUND_MS = 10_000;
/** An entry that stays as it is, is written again in this time, so that it does not lapse. */
const REFRESH_MS = RUNNING_TTL_MS / 4;
/** Shards that are looked at in one go, and the time between two: no round holds up messages. */
const SHARDS_AT_A_TIME = 8;
const PAUSE_MS = 5;

export interface RunningReportOptions {
  readonly running: RunningStations;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<EdgeConfig, 'edgeId' | 'shards'>;
  /** The store could not be written. */
  failed(): void;
  /** 0 to 1 (exclusive). */
  readonly random?: () => number;
}

/**
 * Says to the store at which stations of this edge a transaction runs, as far as is known (`runsAfter`): every ten seconds if that
 * has changed, and when the edge is drained. A station that has left with its transaction is kept for an hour, unless it comes back
 * here and ends it: when a whole network is cut off, those are the ones that matter. Its entry has a name of this life of the edge.
 * An edge that is killed, and started again under the same id, leaves the old one as it was.
 */
export class RunningReport {
  readonly #name: string;
  /** By hash of the station id. */
  readonly #here = new Map<number, StationConnection>();
  /** Of those that have left: when it was noticed, in that order. */
  readonly #gone = new Map<number, number>();
  #changed = false;
  #writtenAt = -Infinity;
  #writing: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #stopped = false;
  #failing = false;

  constructor(private readonly options: RunningReportOptions) {
    this.#name = `${options.config.edgeId}-${randomBytes(4).toString('hex')}`;
  }

  start(): void {
    if (this.#stopped) return;
    const { clock, random = Math.random } = this.options;
    this.#timer = clock.setTimer(ROUND_MS * (0.75 + random() / 2), () => void this.#round());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Says it for the last time, as it is now; resolves when it is written, after `atMostMs` at the latest. */
  async last(atMostMs: number): Promise<void> {
    this.stop();
    this.#look(0, this.options.config.shards);
    this.#tidy();
    await within(this.options.clock, atMostMs, this.#write());
  }

  async #round(): Promise<void> {
    const { clock, config } = this.options;
    for (let shard = 0; shard < config.shards; shard += SHARDS_AT_A_TIME) {
      this.#look(shard, Math.min(shard + SHARDS_AT_A_TIME, config.shards));
      await sleep(clock, PAUSE_MS);
      if (this.#stopped) return;
    }
    this.#tidy();
    await this.#write();
    this.start();
  }

  /** Takes up the stations of these shards at which a transaction runs. */
  #look(from: number, to: number): void {
    for (let shard = from; shard < to; shard++) {
      for (const connection of this.options.registry.ofShard(shard)) {
        if (!connection.runsTransaction) continue;
        const hash = stationHash(connection.stationId);
        if (!this.#here.has(hash) && !this.#gone.has(hash)) this.#changed = true;
        this.#gone.delete(hash);
        this.#here.set(hash, connection);
      }
    }
  }

  /** Drops those whose transaction has ended, and those that left an hour ago. */
  #tidy(): void {
    const { registry, clock } = this.options;
    const now = clock.monotonic();
    for (const [hash, connection] of this.#here) {
      const open = registry.get(connection.replySubject) === connection;
      if (open && connection.runsTransaction) continue;
      this.#here.delete(hash);
      if (connection.runsTransaction) this.#gone.set(hash, now);
      else this.#changed = true;
    }
    for (const [hash, since] of this.#gone) {
      if (now - since < RUNNING_TTL_MS && this.#gone.size <= MAX_RUNNING_HASHES) break;
      this.#gone.delete(hash);
      this.#changed = true;
    }
  }

  /** One after the other, so that the last one counts. Never rejects. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeNow());
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    const { running, clock, logger } = this.options;
    const total = this.#here.size + this.#gone.size;
    const due = total > 0 && clock.monotonic() - this.#writtenAt >= REFRESH_MS;
    if (!this.#changed && !due) return;
    this.#changed = false;
    try {
      await running.put(this.#name, this.#hashes());
      this.#writtenAt = clock.monotonic();
      this.#failing = false;
    } catch (error) {
      this.#changed = true;
      this.options.failed();
      if (!this.#failing) logger.warn({ err: error }, 'running_stations_not_written');
      this.#failing = true;
    }
  }

  /** Those that are here first, then those that left last; no more than an entry holds. */
  #hashes(): Uint32Array {
    const gone = [...this.#gone.keys()].reverse();
    return Uint32Array.from([...this.#here.keys(), ...gone].slice(0, MAX_RUNNING_HASHES));
  }
}
