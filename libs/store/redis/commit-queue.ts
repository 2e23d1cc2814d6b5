import type { Redis } from 'ioredis';
import { StoreError } from '../errors.js';
import type { CommitOutcome, ShardBatch } from '../states.js';
import { type Chunk, takeChunks, type Waiting } from './chunks.js';
import type { CommitEncoder } from './commit-encoding.js';
import { isMissingScript, type Link } from './link.js';
import { asStoreError } from './redis-errors.js';
import type { Replicas } from './replicas.js';

/** What may wait to be written; past it commits are refused. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const BYTES_OF_A_WRITE = 64;
const FENCED = 1;

export interface CommitQueueOptions {
  readonly link: Link;
  readonly encoder: CommitEncoder;
  readonly slotOf: (shard: number) => number;
  /** Those that must have acknowledged a commit. */
  readonly replicas: Replicas;
}

/** One call of `commit`. */
interface Call {
  readonly outcomes: CommitOutcome[];
  /** Batches without an outcome. */
  open: number;
  /** Why the last outcome that remained unknown did so. */
  error: StoreError | undefined;
  readonly resolve: (outcomes: CommitOutcome[]) => void;
  readonly reject: (error: StoreError) => void;
}

interface Item extends Waiting {
  readonly call: Call;
  readonly at: number;
}

/** Numbers of refused batches, each followed by why; or why nothing is known. */
type Reply = readonly number[] | StoreError;

/**
 * Commits of one store: one group is under way at a time, and what comes meanwhile forms the next. So the batches of a
 * shard apply in order, whatever happens to the connections. What is meant for a node that is away or known to be short of
 * replicas is not sent, and so takes nobody's time.
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  readonly #waiting: Item[] = [];
  #waitingBytes = 0;
  #flight: Promise<void> | undefined;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  commit(batches: readonly ShardBatch[]): Promise<CommitOutcome[]> {
    if (batches.length === 0) return Promise.resolve([]);
    const sizes = batches.map(sizeOf);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      const text = `Redis at ${this.#options.link.server} does not keep up: ${this.#waitingBytes} bytes wait to be written`;
      return Promise.reject(new StoreError('unavailable', text));
    }
    return new Promise((resolve, reject) => {
      const call: Call = { outcomes: [], open: batches.length, error: undefined, resolve, reject };
      batches.forEach((batch, at) => this.#waiting.push({ batch, bytes: sizes[at] ?? 0, call, at }));
      this.#waitingBytes += bytes;
      this.#flight ??= this.#fly();
    });
  }

  /** Rejects what waits; what is under way goes on. */
  abandon(): void {
    const error = new StoreError('unavailable', 'the store is closed');
    for (const item of this.#waiting.splice(0)) this.#settle(item, error);
    this.#waitingBytes = 0;
  }

  /** Resolves when nothing waits or is under way any more. */
  async finished(): Promise<void> {
    while (this.#flight !== undefined) await this.#flight;
  }

  async #fly(): Promise<void> {
    while (this.#waiting.length > 0) {
      const chunks = takeChunks(this.#waiting, this.#options.link.single);
      for (const { items } of chunks) for (const { bytes } of items) this.#waitingBytes -= bytes;
      try {
        await this.#write(chunks);
      } catch (error) {
        this.#settleOpen(chunks, asStoreError(error, this.#options.link.server));
      }
    }
    this.#flight = undefined;
  }

  async #write(chunks: readonly Chunk<Item>[]): Promise<void> {
    const replies = await this.#attempt(chunks);
    const missing = chunks.filter((chunk) => isMissingScript(replies.get(chunk)));
    if (missing.length > 0) {
      for (const [chunk, reply] of await this.#loadAndAttempt(missing)) replies.set(chunk, reply);
    }
    for (const [{ items }, reply] of replies) this.#settleAll(items, reply);
  }

  /** For servers that have lost the script, so that nothing of `chunks` was written. */
  async #loadAndAttempt(chunks: readonly Chunk<Item>[]): Promise<Map<Chunk<Item>, Reply>> {
    const { link, slotOf } = this.#options;
    try {
      const nodes = new Set(chunks.map(({ shard }) => link.node(slotOf(shard))));
      await Promise.all(Array.from(nodes, (node) => link.load(node)));
    } catch (error) {
      return new Map(chunks.map((chunk) => [chunk, asStoreError(error, link.server)]));
    }
    return await this.#attempt(chunks);
  }

  async #attempt(chunks: readonly Chunk<Item>[]): Promise<Map<Chunk<Item>, Reply>> {
    const sent = chunks.map((chunk) => ({ chunk, ...this.#start(chunk) }));
    const nodes = new Set(sent.flatMap(({ node }) => node ?? []));
    const { replicas } = this.#options;
    const shortages = new Map(Array.from(nodes, (node) => [node, replicas.confirm(node)]));
    return new Map(
      await Promise.all(
        sent.map(async ({ chunk, node, reply }): Promise<[Chunk<Item>, Reply]> => {
          const arrived = await reply;
          const shortage = node === undefined ? undefined : await shortages.get(node);
          return [chunk, arrived instanceof StoreError ? arrived : (shortage ?? arrived)];
        }),
      ),
    );
  }

  /** Sends a chunk before it returns, if there is a connection, and replicas enough for all that is known. */
  #start({ shard, items }: Chunk<Item>): { node?: Redis; reply: Promise<Reply> } {
    const { link, slotOf, replicas } = this.#options;
    try {
      const node = link.node(slotOf(shard));
      const shortage = replicas.shortage(node);
      if (shortage !== undefined) return { reply: Promise.resolve(shortage) };
      return { node, reply: this.#send(node, items) };
    } catch (error) {
      return { reply: Promise.resolve(asStoreError(error, link.server)) };
    }
  }

  async #send(node: Redis, items: readonly Item[]): Promise<Reply> {
    const { link, encoder } = this.#options;
    const batches = items.map(({ batch }) => batch);
    try {
      const reply = await link.send(node, encoder.encode(batches, link.writer));
      if (!Array.isArray(reply)) throw new Error(`the commit script replied ${String(reply)}`);
      return reply as number[];
    } catch (error) {
      return asStoreError(error, link.server);
    }
  }

  #settleAll(items: readonly Item[], reply: Reply): void {
    if (reply instanceof StoreError) {
      for (const item of items) this.#settle(item, reply);
      return;
    }
    const refused = new Map<number, number>();
    for (let at = 0; at < reply.length; at += 2) refused.set(reply[at] ?? 0, reply[at + 1] ?? 0);
    items.forEach((item, at) => {
      const why = refused.get(at + 1);
      if (why === undefined) this.#settle(item, 'committed');
      else if (why === FENCED) this.#settle(item, 'fenced');
      else this.#settle(item, overtaken(this.#options.link.server));
    });
  }

  #settleOpen(chunks: readonly Chunk<Item>[], error: StoreError): void {
    for (const { items } of chunks) {
      for (const item of items) if (item.call.outcomes[item.at] === undefined) this.#settle(item, error);
    }
  }

  #settle({ call, at }: Item, result: CommitOutcome | StoreError): void {
    if (result instanceof StoreError) call.error = result;
    call.outcomes[at] = result instanceof StoreError ? 'unknown' : result;
    if (--call.open > 0) return;
    const { link } = this.#options;
    const { error, outcomes } = call;
    if (error === undefined) {
      call.resolve(outcomes);
    } else if (outcomes.every((outcome) => outcome === 'unknown') && !link.servesOthers) {
      call.reject(error);
    } else {
      link.tell(error);
      call.resolve(outcomes);
    }
  }
}

function overtaken(server: string): StoreError {
  return new StoreError('unavailable', `a newer commit has reached Redis at ${server} first`);
}

function sizeOf({ writes }: ShardBatch): number {
  let size = BYTES_OF_A_WRITE;
  for (const { key, value } of writes) {
    size += BYTES_OF_A_WRITE + key.length + (value === null ? 0 : value.length);
  }
  return size;
}
