/** The newest of a key in the journal. */
export interface Pending {
  /** The journal record that holds the value, from `start` to `end`; `start` is -1 when the key was deleted. */
  readonly record: Buffer;
  readonly start: number;
  readonly end: number;
  /** Undefined: as it stands in the records file. */
  readonly wakeAt: number | null | undefined;
}

type MutablePending = { -readonly [K in keyof Pending]: Pending[K] };

/** What the journal says beyond the records file, by shard and key. */
export class Overlay {
  /** Size of the journal records in it. */
  bytes = 0;
  readonly #shards: Map<string, MutablePending>[];

  constructor(shards: number) {
    this.#shards = Array.from({ length: shards }, () => new Map<string, MutablePending>());
  }

  get(shard: number, key: string): Pending | undefined {
    return this.#shards[shard]?.get(key);
  }

  set(shard: number, key: string, { record, start, end, wakeAt }: Pending): void {
    const keys = this.#shards[shard];
    if (keys === undefined) return;
    const known = keys.get(key);
    if (known === undefined) {
      keys.set(key, { record, start, end, wakeAt: start === -1 ? null : wakeAt });
      return;
    }
    known.record = record;
    known.start = start;
    known.end = end;
    if (start === -1) known.wakeAt = null;
    else if (wakeAt !== undefined) known.wakeAt = wakeAt;
  }

  ofShard(shard: number): ReadonlyMap<string, Pending> {
    return this.#shards[shard] ?? new Map<string, Pending>();
  }

  /** Everything, in the order in which the records file keeps it. */
  *inOrder(): Iterable<{ shard: number; key: string; pending: Pending }> {
    for (const [shard, keys] of this.#shards.entries()) {
      const sorted = Array.from(keys).sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [key, pending] of sorted) yield { shard, key, pending };
    }
  }
}

/** The value's bytes, copied; undefined when the key was deleted. */
export function valueOf({ record, start, end }: Pending): Uint8Array | undefined {
  return start === -1 ? undefined : Uint8Array.prototype.slice.call(record, start, end);
}
