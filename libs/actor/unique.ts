import type { States } from '../store/mod.js';

const BLOCK = 64;
const LIMIT = 2 ** 31;
/** Not a station token: tokens hold no `#`. */
const RECORD = '#unique';

/**
 * Positive integers below 2^31 that no other shard gives out: `n × shards + shard`. `n` comes from blocks that are
 * reserved in the shard's store before any number of them is used, so a crash skips numbers and never repeats
 * one. After the last number of a shard (8.3 million of them with 256 shards) they start again.
 */
export class UniqueNumbers {
  #next = 0;
  #end = 0;
  #reserving: Promise<void> | undefined;
  readonly #largest: number;

  constructor(
    private readonly states: States,
    private readonly shard: { readonly number: number; readonly epoch: number },
    private readonly shards: number,
  ) {
    this.#largest = Math.floor((LIMIT - 1 - shard.number) / shards);
  }

  get available(): number {
    return this.#end - this.#next;
  }

  /** @throws Error when none is available: the host calls `reserve` in time. */
  take(): number {
    if (this.available === 0) throw new Error('no unique number is reserved');
    const n = this.#next++;
    return (((n - 1) % this.#largest) + 1) * this.shards + this.shard.number;
  }

  get runsLow(): boolean {
    return this.available < BLOCK / 2;
  }

  /** Reserves the next block. Rejects when the store cannot serve or the shard was lost. */
  async reserve(): Promise<void> {
    this.#reserving ??= this.#reserveBlock().finally(() => {
      this.#reserving = undefined;
    });
    return this.#reserving;
  }

  async #reserveBlock(): Promise<void> {
    const { number: shard, epoch } = this.shard;
    if (this.#end === 0) {
      const stored = await this.states.load(shard, RECORD);
      this.#next = this.#end = stored === undefined ? 1 : Number(Buffer.from(stored).toString());
    }
    const end = this.#end + BLOCK;
    const value = Buffer.from(String(end));
    const [outcome] = await this.states.commit([{ shard, epoch, writes: [{ key: RECORD, value }] }]);
    if (outcome === 'unknown') throw new Error(`the store's server of shard ${shard} did not answer`);
    if (outcome !== 'committed') throw new Error(`shard ${shard} is owned by a newer epoch than ${epoch}`);
    this.#end = end;
  }
}
