import { Command, type Redis } from 'ioredis';
import type { Clock, Timer } from '../../clock/mod.js';
import { StoreError } from '../errors.js';
import type { Link } from './link.js';
import { asStoreError, lost } from './redis-errors.js';

const FIRST_PROBE_MS = 250;
const LAST_PROBE_MS = 1_000;

export interface ReplicasOptions {
  readonly link: Link;
  readonly clock: Clock;
  /** Replicas of a node that must have acknowledged what was written to it; with 0 nothing is waited for. */
  readonly count: number;
  /** How long they are waited for; Redis answers nothing else over the connection meanwhile. An integer. */
  readonly timeoutMs: number;
}

/** Of a node: why what is written to it is not acknowledged, until a probe succeeds; and when the next probe is due. */
interface Shortage {
  error: StoreError | undefined;
  delayMs: number;
}

/**
 * The replicas that writes wait for. A node that was found short of them is known to be so from then on, so that nobody waits for
 * it in vain; it is asked again in the background, after 250 ms, then more seldom, but at least once a second.
 */
export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #shortages = new WeakMap<Redis, Shortage>();
  /** Of each node the wait that answered writes may still join, and the one before it. */
  readonly #next = new WeakMap<Redis, Promise<StoreError | undefined>>();
  readonly #running = new WeakMap<Redis, Promise<StoreError | undefined>>();
  readonly #timers = new Set<Timer>();
  #closed = false;

  constructor(options: ReplicasOptions) {
    this.#options = options;
  }

  /** Why nothing should be written to `node` now; undefined when no shortage is known. */
  shortage(node: Redis): StoreError | undefined {
    return this.#shortages.get(node)?.error;
  }

  /**
   * Waits until the replicas of `node` have what was sent over it in this turn and before. Resolves with what is wrong, if
   * anything is: then they may have it or not.
   */
  async confirm(node: Redis): Promise<StoreError | undefined> {
    if (this.#options.count === 0) return undefined;
    const error = await this.#wait(node);
    if (error === undefined) this.#shortages.delete(node);
    else this.#found(node, error);
    return error;
  }

  /**
   * As `confirm`, for a write that was answered over `stream`, a connection of `node`. Writes answered at about the same time
   * share one wait.
   */
  async confirmAnswered(node: Redis, stream: Redis['stream']): Promise<StoreError | undefined> {
    const { count, link } = this.#options;
    if (count === 0) return undefined;
    let next = this.#next.get(node);
    if (next === undefined) {
      next = this.#after(node);
      this.#next.set(node, next);
    }
    // Of what was written over another connection, WAIT knows nothing.
    return (await next) ?? (node.stream === stream ? undefined : lost(link.server, undefined));
  }

  /** No more probes. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  async #after(node: Redis): Promise<StoreError | undefined> {
    await this.#running.get(node);
    this.#next.delete(node);
    const known = this.shortage(node);
    if (known !== undefined) return known;
    const running = this.confirm(node);
    this.#running.set(node, running);
    return await running;
  }

  async #wait(node: Redis): Promise<StoreError | undefined> {
    const { link, count, timeoutMs } = this.#options;
    try {
      const acknowledged = Number(await link.send(node, new Command('wait', [count, timeoutMs])));
      if (acknowledged >= count) return undefined;
      const text = `of the replicas of Redis at ${link.server} ${acknowledged} have acknowledged a write within ${timeoutMs} ms, ${count} must: see that they run and are connected`;
      return new StoreError('unavailable', text);
    } catch (error) {
      return asStoreError(error, link.server);
    }
  }

  /** A connection that is lost is the link's affair. */
  #found(node: Redis, error: StoreError): void {
    if (this.#closed || !isConnected(node)) return;
    const shortage = this.#shortages.get(node) ?? { error: undefined, delayMs: FIRST_PROBE_MS };
    this.#shortages.set(node, shortage);
    const isNew = shortage.error === undefined;
    shortage.error = error;
    if (isNew) this.#probeLater(node, shortage);
  }

  #probeLater(node: Redis, shortage: Shortage): void {
    const timer = this.#options.clock.setTimer(shortage.delayMs, () => {
      this.#timers.delete(timer);
      void this.#probe(node, shortage);
    });
    this.#timers.add(timer);
    shortage.delayMs = Math.min(LAST_PROBE_MS, shortage.delayMs * 2);
  }

  async #probe(node: Redis, shortage: Shortage): Promise<void> {
    if (this.#shortages.get(node) !== shortage) return;
    if (!isConnected(node)) {
      this.#shortages.delete(node);
      return;
    }
    const error = await this.#wait(node);
    if (this.#closed || this.#shortages.get(node) !== shortage) return;
    // Until a write was confirmed the delay goes on from where it is.
    shortage.error = error;
    if (error !== undefined) this.#probeLater(node, shortage);
  }
}

function isConnected({ status, stream }: Redis): boolean {
  return status === 'ready' && stream.writable;
}
