import assert from 'node:assert/strict';
import { ManualClock, TimerWheel } from '../clock/mod.js';
import { memoryStore, StoreError, type Store } from '../store/mod.js';
import type { Behaviour } from './behaviour.js';
import { FrozenClock } from './frozen-clock.fixture.js';
import { ActorHost } from './host.js';
import type { HeldLease } from './lease.js';
import type { Pending, Performer } from './performer.js';
import { ShardOwner } from './shards.js';

/**
 * A small world for the ownership of shards: nodes with hosts and shard owners over one store, a bus, a log, and clients
 * who send numbered messages until each is answered. Everything between them takes time; nodes freeze, die, join and
 * leave, the store and the log fail. The log, and the newest epochs seen at the store, are the judges.
 */

export const TTL = 400;
const SHARDS = 8;
/** A graceful handover leaves unfinished what takes longer. */
const HANDOVER_MS = 150;
/** Longest that a message may be on its way. */
export const SLOWEST_MS = TTL * 2;
const RESEND_MS = 120;
const NOBODY_RETRY_MS = 15;

const shardOf = (key: string) => Number(key.split('-')[0]);

interface Counter {
  /** The last message that took effect. */
  readonly last: number;
}

type CounterMessage = { readonly type: 'activated' | 'wake' } | { readonly type: 'put'; readonly n: number };

type CounterEffect =
  | { readonly type: 'answer'; readonly n: number }
  /** Durable. `mark` is unique: two decisions of the same number are told apart. */
  | { readonly type: 'entry'; readonly n: number; readonly mark: number };

const counter: Behaviour<Counter, CounterMessage, CounterEffect> = {
  create: () => ({ last: 0 }),
  receive(state, message, context) {
    if (message.type !== 'put') return { state, effects: [], commit: false };
    const { n } = message;
    const answer: CounterEffect = { type: 'answer', n };
    if (n <= state.last) return { state, effects: [answer], commit: false };
    assert.equal(n, state.last + 1, 'what was answered is not forgotten');
    const entry: CounterEffect = { type: 'entry', n, mark: context.uniqueNumber() };
    return { state: { last: n }, effects: [entry, answer], commit: true };
  },
  signals: { activated: { type: 'activated' }, wake: { type: 'wake' } },
  encode: ({ last }, outbox) => Buffer.from(JSON.stringify([last, outbox])),
  decode(bytes) {
    const [last, outbox] = JSON.parse(Buffer.from(bytes).toString()) as [number, CounterEffect[]];
    return { state: { last }, outbox };
  },
  wakeAt: () => null,
  mayPassivate: () => true,
  isUrgent: () => false,
  isDurable: ({ type }) => type === 'entry',
};

/** Mulberry32: uniform in [0, 1). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One direction of a link: takes its time, keeps the order. */
class Channel {
  #last = 0;

  constructor(private readonly world: World) {}

  send(arrive: () => void): void {
    const { clock } = this.world;
    this.#last = Math.max(this.#last, clock.monotonic() + this.world.latency());
    clock.setTimer(this.#last - clock.monotonic(), arrive);
  }
}

type Outage = 'none' | 'before' | 'after';

export class World {
  readonly clock = new ManualClock();
  readonly store: Store;
  readonly random: () => number;
  readonly nodes: Node[] = [];
  readonly clients: Client[] = [];
  readonly log = new Map<string, { readonly mark: number; readonly at: number }[]>();
  /** Newest epoch granted of each shard. */
  readonly epochs = new Array<number>(SHARDS).fill(0);
  readonly subscribers = Array.from({ length: SHARDS }, () => new Set<Node>());
  storeOutage: Outage = 'none';
  logOutage: Outage = 'none';
  /** Longest way of a message. */
  slowest = 3;
  #names = 0;

  constructor(readonly seed: number) {
    this.random = randomOf(seed);
    const store = memoryStore({ clock: this.clock, shards: SHARDS });
    const { acquire } = store.leases;
    this.store = {
      ...store,
      leases: {
        ...store.leases,
        acquire: async (shard, owner, ttlMs) => {
          const grant = await acquire(shard, owner, ttlMs);
          if (grant.granted) this.epochs[shard] = grant.epoch;
          return grant;
        },
      },
    };
  }

  below(most: number): number {
    return Math.floor(this.random() * most);
  }

  latency(): number {
    return 0.2 + this.random() * (this.slowest - 0.2);
  }

  join(): Node {
    const node = new Node(this, `n${++this.#names}`);
    this.nodes.push(node);
    void node.owner.start();
    return node;
  }

  leave(node: Node): void {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    void node.owner.stop();
  }

  addClients(count: number): void {
    for (let n = 0; n < count; n++) {
      const client = new Client(this, `${n % SHARDS}-${n}`);
      this.clients.push(client);
      client.next();
    }
  }

  /** Everybody hears who owns the shard now. */
  announce(shard: number, epoch: number): void {
    for (const client of this.clients) if (client.shard === shard) client.told(epoch);
  }

  append(key: string, { effect, again }: Pending<CounterEffect>): void {
    assert.ok(effect.type === 'entry');
    const entries = this.log.get(key) ?? [];
    this.log.set(key, entries);
    const { n, mark } = effect;
    const now = this.clock.monotonic();
    if (n > entries.length) {
      assert.equal(n, entries.length + 1, `${key}: entries are appended in order, without a gap`);
      entries.push({ mark, at: now });
      return;
    }
    const kept = entries[n - 1];
    assert.equal(kept?.mark, mark, `${key}: entry ${n} was decided once`);
    const onItsWay = again || now - (kept?.at ?? 0) <= SLOWEST_MS;
    assert.ok(onItsWay, `${key}: an entry that was appended long ago says that it comes again`);
  }

  /** At most one node may act for each shard, by the clocks of the nodes themselves. */
  checkOneOwner(): void {
    for (let shard = 0; shard < SHARDS; shard++) {
      const holders = this.nodes.filter(({ owner }) => owner.holds(shard));
      assert.ok(holders.length <= 1, `shard ${shard} has ${holders.map(({ name }) => name).join(' and ')}`);
    }
  }

  /** Lets the clients rest, and holds what they were answered against the log: the same, in order, each once. */
  async checkAnswered(): Promise<void> {
    for (const client of this.clients) client.resting = true;
    await this.advance(TTL);
    for (const client of this.clients) {
      const { key, answered } = client;
      assert.ok(!client.isWaiting, `${key} is answered`);
      assert.equal((this.log.get(key) ?? []).length, answered, `${key}: what was answered is in the log`);
      client.resting = false;
      client.next();
    }
  }

  /** Every shard is served, by the node that should. */
  get isSettled(): boolean {
    return this.subscribers.every((nodes, shard) => {
      const [node, ...more] = nodes;
      return more.length === 0 && node?.owner.holds(shard) === true;
    });
  }

  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 20) {
      await this.clock.advance(Math.min(20, ms - passed));
      this.checkOneOwner();
    }
  }
}

/** A worker. */
export class Node implements Performer<CounterEffect> {
  readonly clock: FrozenClock;
  readonly host: ActorHost<Counter, CounterMessage, CounterEffect>;
  readonly owner: ShardOwner;
  readonly #toStore: Channel;
  readonly #fromStore: Channel;
  readonly #toBus: Channel;
  readonly #fromBus: Channel;
  readonly #log: Channel;

  constructor(
    private readonly world: World,
    readonly name: string,
  ) {
    const { store } = world;
    this.clock = new FrozenClock(world.clock, 0.92 + world.random() * 0.16, () => world.random() < 0.5);
    this.#toStore = new Channel(world);
    this.#fromStore = new Channel(world);
    this.#toBus = new Channel(world);
    this.#fromBus = new Channel(world);
    this.#log = new Channel(world);
    const { leases, workers, states } = store;
    const ask = <T>(call: () => Promise<T>) => this.#ask(call);
    this.host = new ActorHost({
      behaviour: counter,
      performer: this,
      states: {
        commit: (batches) => ask(() => states.commit(batches)),
        load: (shard, key) => ask(() => states.load(shard, key)),
        wakeups: (shard) => this.#wakeups(shard),
      },
      clock: this.clock,
      wheel: new TimerWheel(this.clock),
      shardOf,
      shards: SHARDS,
      observer: {
        fenced: (shard) => this.owner.lose(shard, 'fenced'),
        lapsed: (shard) => this.owner.lose(shard, 'lapsed'),
        unreadable: (key, _messages, error) => assert.fail(`${key}: ${String(error)}`),
        crashed: (_key, _message, error) => {
          throw error;
        },
      },
    });
    this.owner = new ShardOwner({
      leases: {
        acquire: (...call) => ask(() => leases.acquire(...call)),
        renew: (...call) => ask(() => leases.renew(...call)),
        release: (...call) => ask(() => leases.release(...call)),
      },
      workers: {
        beat: (...call) => ask(() => workers.beat(...call)),
        leave: (...call) => ask(() => workers.leave(...call)),
        live: () => ask(() => workers.live()),
      },
      clock: this.clock,
      owner: name,
      ttlMs: TTL,
      shards: SHARDS,
      granted: (lease) => this.#granted(lease),
      revoked: async (shard) => {
        await this.#bus(() => world.subscribers[shard]?.delete(this));
        await this.host.revoke(shard, HANDOVER_MS);
      },
      released: (shard) => {
        this.#toBus.send(() => world.nodes.forEach((node) => node.hear(() => node.owner.freed(shard))));
      },
      lost: (shard) => {
        this.host.drop(shard);
        this.#toBus.send(() => world.subscribers[shard]?.delete(this));
      },
    });
  }

  /** Something comes over the bus. */
  hear(arrive: () => void): void {
    this.#fromBus.send(() => this.clock.arrive(arrive));
  }

  perform(key: string, epoch: number, effects: readonly CounterEffect[]): void {
    const { world } = this;
    const shard = shardOf(key);
    assert.ok(!this.clock.frozen);
    assert.equal(epoch, world.epochs[shard], `${this.name} acts for shard ${shard}, which has a newer owner`);
    for (const effect of effects) {
      if (effect.type !== 'answer') continue;
      this.#toBus.send(() => world.clients.find((client) => client.key === key)?.answer(effect.n, epoch));
    }
  }

  settle(entries: readonly Pending<CounterEffect>[]): Promise<readonly boolean[]> {
    const { world } = this;
    for (const { key } of entries)
      assert.ok(this.owner.holds(shardOf(key)), `${this.name} appends for a shard that it does not hold`);
    const appended = new Promise<readonly boolean[]>((resolve, reject) => {
      this.#log.send(() => {
        const { logOutage } = world;
        if (logOutage !== 'before') for (const entry of entries) world.append(entry.key, entry);
        this.#log.send(() => {
          if (logOutage === 'none') resolve(entries.map(() => true));
          else reject(new Error('the log is down'));
        });
      });
    });
    return this.clock.answer(appended);
  }

  async #granted(lease: HeldLease): Promise<void> {
    const { shard, epoch } = lease;
    await this.host.grant(lease);
    await this.#bus(() => {
      if (this.clock.monotonic() < lease.deadline) this.world.subscribers[shard]?.add(this);
    });
    if (this.clock.monotonic() >= lease.deadline) return;
    this.#toBus.send(() => this.world.announce(shard, epoch));
  }

  /** What the bus does is done for this node: resolves with its acknowledgement. */
  #bus(act: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#toBus.send(() => {
        act();
        this.hear(resolve);
      });
    });
  }

  #ask<T>(call: () => Promise<T>): Promise<T> {
    const { world } = this;
    const answered = new Promise<T>((resolve, reject) => {
      const fail = (error: unknown) => this.#fromStore.send(() => reject(error as Error));
      this.#toStore.send(() => {
        const { storeOutage } = world;
        if (storeOutage === 'before') return fail(new StoreError('unavailable', 'the store is down'));
        call().then((answer) => {
          if (storeOutage === 'after') fail(new StoreError('unavailable', 'the answer is lost'));
          else this.#fromStore.send(() => resolve(answer));
        }, fail);
      });
    });
    return this.clock.answer(answered);
  }

  async *#wakeups(shard: number) {
    const all = await this.#ask(async () => {
      const found = [];
      for await (const wakeup of this.world.store.states.wakeups(shard)) found.push(wakeup);
      return found;
    });
    yield* all;
  }
}

/** Sends numbered messages to one actor, each until it is answered, as an edge does. */
export class Client {
  readonly shard: number;
  answered = 0;
  /** Since when the message under way waits. */
  since = 0;
  /** Longest that a message has waited. */
  worst = 0;
  resting = false;
  #epoch = 0;
  #attempt = 0;
  #sending = false;

  constructor(
    private readonly world: World,
    readonly key: string,
  ) {
    this.shard = shardOf(key);
  }

  get isWaiting(): boolean {
    return this.#sending;
  }

  next(): void {
    if (this.resting) return;
    this.since = this.world.clock.monotonic();
    this.#sending = true;
    this.#send();
  }

  told(epoch: number): void {
    if (epoch < this.#epoch) return;
    this.#epoch = epoch;
    if (this.#sending) this.#send();
  }

  answer(n: number, epoch: number): void {
    if (epoch < this.#epoch) return;
    this.#epoch = epoch;
    if (!this.#sending || n !== this.answered + 1) return;
    const { clock, random } = this.world;
    this.answered = n;
    this.#sending = false;
    this.#attempt++;
    this.worst = Math.max(this.worst, clock.monotonic() - this.since);
    clock.setTimer(10 + random() * 100, () => this.next());
  }

  #send(): void {
    const { world, key, shard } = this;
    const attempt = ++this.#attempt;
    const n = this.answered + 1;
    const again = () => {
      if (attempt === this.#attempt) this.#send();
    };
    const nodes = world.subscribers[shard] ?? new Set<Node>();
    for (const node of nodes) node.hear(() => void node.host.deliver(key, { type: 'put', n }));
    world.clock.setTimer(nodes.size === 0 ? NOBODY_RETRY_MS : RESEND_MS, again);
  }
}
