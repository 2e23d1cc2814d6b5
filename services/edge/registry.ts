import type { Clock, Timer } from '../../libs/clock/mod.js';
import { shardOf, stationToken } from '../../libs/link/mod.js';
import type { Version } from '../../libs/ocpp/mod.js';
import type { StationConnection } from './connection/mod.js';

/** Parts into which the connections are split for looking at their life: pings are spread over the interval. */
const LIFE_STEPS = 32;
const SWEEP_MS = 100;

/** The open connections of an edge, and what has to be done to them in time. Two of one station are kept apart. */
export class Registry {
  readonly #byReply = new Map<string, StationConnection>();
  readonly #byShard: (Set<StationConnection> | undefined)[];
  readonly #byVersion = new Map<Version, number>();
  #attended: StationConnection[] = [];
  #sweepTimer: Timer | undefined;
  #lifeTimer: Timer | undefined;
  #lifeStep = 0;

  constructor(
    private readonly clock: Clock,
    private readonly shards: number,
    private readonly pingIntervalMs: number,
  ) {
    this.#byShard = new Array<undefined>(shards).fill(undefined);
  }

  get size(): number {
    return this.#byReply.size;
  }

  ofVersion(version: Version): number {
    return this.#byVersion.get(version) ?? 0;
  }

  /** The connection that gets its answers on the subject `reply`. */
  get(reply: string): StationConnection | undefined {
    return this.#byReply.get(reply);
  }

  ofShard(shard: number): Iterable<StationConnection> {
    return this.#byShard[shard] ?? [];
  }

  /** Looks at the shards of these stations only. */
  ofStations(stationIds: ReadonlySet<string>): StationConnection[] {
    const shards = new Set(Array.from(stationIds, (id) => shardOf(stationToken(id), this.shards)));
    return Array.from(shards, (shard) => [...this.ofShard(shard)])
      .flat()
      .filter(({ stationId }) => stationIds.has(stationId));
  }

  all(): StationConnection[] {
    return [...this.#byReply.values()];
  }

  add(connection: StationConnection): void {
    const { version } = connection.link;
    this.#byReply.set(connection.replySubject, connection);
    (this.#byShard[connection.shard] ??= new Set()).add(connection);
    this.#byVersion.set(version, this.ofVersion(version) + 1);
    this.#lifeTimer ??= this.#armLife();
  }

  remove(connection: StationConnection): void {
    const { version } = connection.link;
    if (!this.#byReply.delete(connection.replySubject)) return;
    this.#byShard[connection.shard]?.delete(connection);
    this.#byVersion.set(version, this.ofVersion(version) - 1);
  }

  /** Sweeps the connection every 100 ms until it says that it needs no time. */
  attend(connection: StationConnection): void {
    if (connection.attended) return;
    connection.attended = true;
    this.#attended.push(connection);
    this.#sweepTimer ??= this.#armSweep();
  }

  stop(): void {
    this.#sweepTimer?.cancel();
    this.#lifeTimer?.cancel();
  }

  #armSweep(): Timer {
    return this.clock.setTimer(SWEEP_MS, () => {
      const now = this.clock.monotonic();
      const attended = this.#attended;
      this.#attended = [];
      for (const connection of attended) {
        connection.attended = false;
        if (connection.sweep(now)) this.attend(connection);
      }
      this.#sweepTimer = this.#attended.length > 0 ? this.#armSweep() : undefined;
    });
  }

  #armLife(): Timer {
    return this.clock.setTimer(this.pingIntervalMs / LIFE_STEPS, () => {
      this.#lifeTimer = this.#byReply.size > 0 ? this.#armLife() : undefined;
      const now = this.clock.monotonic();
      for (let shard = this.#lifeStep; shard < this.shards; shard += LIFE_STEPS) {
        for (const connection of this.ofShard(shard)) connection.checkLife(now);
      }
      this.#lifeStep = (this.#lifeStep + 1) % LIFE_STEPS;
    });
  }
}
