import type { Clock } from '../clock/mod.js';
import { checkBatches, checkKey, checkLease, checkShard } from './check.js';
import type { Directory, ListOptions, StationRecord } from './directory.js';
import { StoreError } from './errors.js';
import { LeaseTable } from './lease-table.js';
import type { Leases } from './leases.js';
import { checkReplacement, sameRecord } from './records.js';
import { runningTable } from './running-table.js';
import type { CommitOutcome, ShardBatch, States, Wakeup, Write } from './states.js';
import type { Store } from './store.js';
import { workerTable } from './worker-table.js';

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly shards: number;
}

/** A store for tests: keeps everything in memory, and nothing after `close`. */
export function memoryStore(options: MemoryStoreOptions): Store {
  const { clock, shards } = options;
  const table = new LeaseTable(clock, new Float64Array(shards));
  let open = true;
  const mustBeOpen = () => {
    if (!open) throw new StoreError('unavailable', 'the store is closed');
  };
  return {
    shards,
    leases: memoryLeases(table, shards, mustBeOpen),
    states: new MemoryStates(table, shards, mustBeOpen),
    directory: new MemoryDirectory(mustBeOpen),
    workers: workerTable(clock, mustBeOpen),
    running: runningTable(clock, mustBeOpen),
    check: async () => mustBeOpen(),
    close: async () => {
      open = false;
    },
  };
}

function memoryLeases(table: LeaseTable, shards: number, mustBeOpen: () => void): Leases {
  return {
    acquire: async (shard, owner, ttlMs) => {
      mustBeOpen();
      checkLease(shard, shards, owner, ttlMs);
      return table.acquire(shard, owner, ttlMs);
    },
    renew: async (shard, owner, epoch, ttlMs) => {
      mustBeOpen();
      checkLease(shard, shards, owner, ttlMs);
      return table.renew(shard, owner, epoch, ttlMs);
    },
    release: async (shard, owner, epoch) => {
      mustBeOpen();
      checkShard(shard, shards);
      return table.release(shard, owner, epoch);
    },
  };
}

interface MemoryRecord {
  readonly value: Uint8Array;
  readonly wakeAt: number | null;
}

class MemoryStates implements States {
  readonly #records: Map<string, MemoryRecord>[];

  constructor(
    private readonly table: LeaseTable,
    private readonly shards: number,
    private readonly mustBeOpen: () => void,
  ) {
    this.#records = Array.from({ length: shards }, () => new Map<string, MemoryRecord>());
  }

  async commit(batches: readonly ShardBatch[]): Promise<CommitOutcome[]> {
    this.mustBeOpen();
    checkBatches(batches, this.shards);
    return batches.map((batch) => {
      if (!this.table.mayWrite(batch.shard, batch.epoch)) return 'fenced';
      for (const write of batch.writes) this.#write(this.#shard(batch.shard), write);
      return 'committed';
    });
  }

  async load(shard: number, key: string): Promise<Uint8Array | undefined> {
    this.mustBeOpen();
    checkKey(key);
    return this.#shard(shard).get(key)?.value.slice();
  }

  async *wakeups(shard: number): AsyncIterable<Wakeup> {
    this.mustBeOpen();
    const found: Wakeup[] = [];
    for (const [key, { wakeAt }] of this.#shard(shard)) {
      if (wakeAt !== null) found.push({ key, at: wakeAt });
    }
    yield* found.sort((a, b) => a.at - b.at);
  }

  #write(records: Map<string, MemoryRecord>, write: Write): void {
    if (write.value === null) {
      records.delete(write.key);
      return;
    }
    const wakeAt = write.wakeAt === undefined ? (records.get(write.key)?.wakeAt ?? null) : write.wakeAt;
    records.set(write.key, { value: write.value.slice(), wakeAt });
  }

  #shard(shard: number): Map<string, MemoryRecord> {
    checkShard(shard, this.shards);
    const records = this.#records[shard];
    if (records === undefined) throw new Error(`no records of shard ${shard}`);
    return records;
  }
}

class MemoryDirectory implements Directory {
  readonly #records = new Map<string, StationRecord>();

  constructor(private readonly mustBeOpen: () => void) {}

  async get(stationId: string): Promise<StationRecord | undefined> {
    this.mustBeOpen();
    return structuredClone(this.#records.get(stationId));
  }

  async put(record: StationRecord): Promise<void> {
    this.mustBeOpen();
    checkKey(record.stationId);
    this.#records.set(record.stationId, structuredClone(record));
  }

  async remove(stationId: string): Promise<boolean> {
    this.mustBeOpen();
    return this.#records.delete(stationId);
  }

  async replace(
    stationId: string,
    expected: StationRecord | undefined,
    next: StationRecord | undefined,
  ): Promise<boolean> {
    this.mustBeOpen();
    checkReplacement(stationId, next);
    if (!sameRecord(this.#records.get(stationId), expected)) return false;
    if (next === undefined) this.#records.delete(stationId);
    else this.#records.set(stationId, structuredClone(next));
    return true;
  }

  async list({ after, prefix = '', limit }: ListOptions): Promise<StationRecord[]> {
    this.mustBeOpen();
    return Array.from(this.#records.values())
      .filter(({ stationId }) => stationId.startsWith(prefix))
      .filter(({ stationId }) => after === undefined || byteOrder(stationId, after) > 0)
      .sort((a, b) => byteOrder(a.stationId, b.stationId))
      .slice(0, limit)
      .map((record) => structuredClone(record));
  }
}

/** The order of UTF-8 bytes, which differs from that of UTF-16 units beyond the basic plane. */
function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
