import { randomBytes } from 'node:crypto';
import { Command, type Redis } from 'ioredis';
import { within, type Clock } from '../../clock/mod.js';
import { StoreError } from '../errors.js';
import { ClusterTopology } from './cluster-topology.js';
import { isAccessError, lost, notConnected, refused, replyCode, timedOut } from './redis-errors.js';
import { type Script, SCRIPTS } from './scripts.js';
import { singleTopology } from './single-topology.js';
import type { ConnectOptions, Topology } from './topology.js';

const MAX_PENDING = 65_536;
const MAX_TOLD = 8;
const TIMED_OUT = 'Command timed out';

export interface LinkOptions extends ConnectOptions {
  /** Times waiting for a connection, and closing. */
  readonly clock: Clock;
  /** Commands that may wait for their answers at a time; past it they are refused. 65,536 unless told. */
  readonly maxPending?: number;
  /** Told once of each trouble with the connections. */
  readonly onError: (error: unknown) => void;
}

/**
 * The connections of a store. A command is sent at once, to the one node that serves its keys, or rejected at once: nothing waits
 * for a connection and nothing is sent twice. Every failure is a StoreError, `unavailable` or `refused`; after `unavailable` nothing
 * is known of the outcome, unless Redis has answered.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #topology: Topology;
  /** Connections on which the scripts are loaded. */
  readonly #usable = new Set<Redis>();
  readonly #instance = randomBytes(9).toString('base64url');
  #era = 1;
  #pending = 0;
  #lastError: Error | undefined;
  /** What was told of the present trouble. */
  readonly #told = new Set<string>();
  #changed: (() => void)[] = [];
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    const events = {
      added: (node: Redis) => this.#watch(node),
      failed: (error: Error) => this.#trouble(error),
    };
    this.#topology =
      options.target.kind === 'cluster'
        ? new ClusterTopology(options, events)
        : singleTopology(options, events);
  }

  /** Instance and era, as they stand in a fence. The era grows whenever the outcome of a command remains unknown. */
  get writer(): string {
    return `${this.#instance}:${this.#era}`;
  }

  get instance(): string {
    return this.#instance;
  }

  get era(): number {
    return this.#era;
  }

  /** How the server is called in messages. */
  get server(): string {
    return this.#options.target.text;
  }

  /** True when keys of different shards may stand in one command. */
  get single(): boolean {
    return this.#options.target.kind !== 'cluster';
  }

  /** True when some node of a cluster is connected: what one of them does not do says nothing of the others. */
  get servesOthers(): boolean {
    return !this.single && !this.#closed && this.#usable.size > 0;
  }

  /** The connection for keys of `slot`. @throws StoreError when it is not connected. */
  node(slot: number): Redis {
    if (this.#closed) throw new StoreError('unavailable', 'the store is closed');
    const node = this.#usableFor(slot);
    if (node !== undefined) return node;
    this.#topology.lookAgain();
    throw notConnected(this.server, this.#lastError);
  }

  /** Sends `command` over `node`. Commands of one turn leave in one packet. */
  async send(node: Redis, command: Command): Promise<unknown> {
    if (this.#pending >= (this.#options.maxPending ?? MAX_PENDING)) {
      const text = `Redis at ${this.server} does not keep up: ${this.#pending} commands wait for it`;
      throw new StoreError('unavailable', text);
    }
    this.#pending++;
    const { stream } = node;
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    try {
      return await (node.sendCommand(command) as Promise<unknown>);
    } catch (error) {
      throw this.#failure(error, stream);
    } finally {
      if (--this.#pending === 0) this.#tellChange();
    }
  }

  /** A command without a script; strings of the reply are decoded as UTF-8, or left as bytes. */
  async command(
    slot: number,
    name: string,
    args: readonly (string | number | Buffer)[],
    reply: 'utf8' | 'bytes' = 'utf8',
  ): Promise<unknown> {
    return this.send(this.node(slot), commandOf(name, args, reply));
  }

  /** Runs a script over keys of `slot`; the reply as of `command`. A script that Redis has lost is loaded and run again. */
  async script(
    script: Script,
    slot: number,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
    reply: 'utf8' | 'bytes' = 'utf8',
  ): Promise<unknown> {
    const node = this.node(slot);
    const run = () =>
      this.send(node, commandOf('evalsha', [script.sha, keys.length, ...keys, ...args], reply));
    try {
      return await run();
    } catch (error) {
      if (!isMissingScript(error)) throw error;
      await this.load(node);
      return await run();
    }
  }

  /** Loads all scripts into the server of `node`. */
  async load(node: Redis): Promise<void> {
    await Promise.all(
      SCRIPTS.map(({ text }) => this.send(node, commandOf('script', ['load', text], 'utf8'))),
    );
  }

  /** Tells `onError`, but each text once, and no more than eight, until a connection is there again. */
  tell(error: StoreError): void {
    if (this.#closed || this.#told.has(error.message) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(error.message);
    this.#options.onError(error);
  }

  /**
   * Resolves when there are connections for keys of all `slots`, or after `timeoutMs` with those that there are; sooner when
   * access is refused.
   */
  async connected(slots: readonly number[], timeoutMs: number): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + timeoutMs;
    while (!slots.every((slot) => this.#usableFor(slot) !== undefined)) {
      const left = deadline - clock.monotonic();
      if (left <= 0 || isAccessError(this.#lastError)) return;
      await this.#change(left);
    }
  }

  /** Waits, but no longer than `timeoutMs`, until every command is answered; then no command is sent any more. */
  async close(timeoutMs: number): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + timeoutMs;
    while (this.#pending > 0 && clock.monotonic() < deadline)
      await this.#change(deadline - clock.monotonic());
    this.#closed = true;
    this.#topology.disconnect();
  }

  #usableFor(slot: number): Redis | undefined {
    const node = this.#topology.nodeFor(slot);
    if (node === undefined || !this.#usable.has(node)) return undefined;
    return node.status === 'ready' && node.stream.writable ? node : undefined;
  }

  #watch(node: Redis): void {
    node.on('ready', () => void this.#prepare(node));
    node.on('close', () => {
      if (!this.#usable.delete(node)) return;
      const { host, port } = node.options;
      this.#trouble(new Error(`the connection${this.single ? '' : ` to ${host}:${port}`} was closed`));
    });
  }

  async #prepare(node: Redis): Promise<void> {
    const { stream } = node;
    try {
      await this.load(node);
      if (node.stream !== stream || node.status !== 'ready') return;
      this.#usable.add(node);
      this.#lastError = undefined;
      this.#told.clear();
    } catch (error) {
      this.#trouble(
        error instanceof StoreError && error.cause instanceof Error ? error.cause : (error as Error),
      );
      stream.destroy();
    }
    this.#tellChange();
  }

  #failure(error: unknown, stream: Redis['stream']): StoreError {
    const code = replyCode(error);
    if (code === undefined) {
      this.#era++;
      if (!(error instanceof Error) || error.message !== TIMED_OUT) return lost(this.server, error);
      // What does not answer now may never do: a new connection may.
      stream.destroy();
      return timedOut(this.server, this.#options.commandTimeoutMs, error);
    }
    if (code === 'READONLY') stream.destroy();
    if (['READONLY', 'MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN'].includes(code)) this.#topology.lookAgain();
    return refused(this.server, error as Error);
  }

  #trouble(error: Error): void {
    this.#lastError = error;
    this.#tellChange();
    this.tell(notConnected(this.server, error));
  }

  #tellChange(): void {
    const waiting = this.#changed;
    this.#changed = [];
    for (const tell of waiting) tell();
  }

  #change(timeoutMs: number): Promise<void> {
    const changed = new Promise<void>((resolve) => this.#changed.push(resolve));
    return within(this.#options.clock, timeoutMs, changed);
  }
}

/** True when Redis did nothing because it does not know the script (any more). */
export function isMissingScript(error: unknown): boolean {
  return error instanceof StoreError && replyCode(error.cause) === 'NOSCRIPT';
}

function commandOf(
  name: string,
  args: readonly (string | number | Buffer)[],
  reply: 'utf8' | 'bytes',
): Command {
  return new Command(name, [...args], reply === 'utf8' ? { replyEncoding: 'utf8' } : {});
}
