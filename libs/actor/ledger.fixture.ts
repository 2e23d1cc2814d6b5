import { ManualClock, TimerWheel, type Clock } from '../clock/mod.js';
import { memoryStore, type CommitOutcome, type ShardBatch, type States, type Store } from '../store/mod.js';
import type { Behaviour } from './behaviour.js';
import { ActorHost } from './host.js';
import type { HostLimits, HostObserver } from './host-options.js';
import type { Pending, Performer } from './performer.js';

/** A small actor for the runtime's tests: an account that is added to, tells its balance, and can ask to be woken. */
export interface Account {
  readonly balance: number;
  readonly entries: number;
  readonly wakeAt: number | null;
  /** Not kept in the record. */
  readonly activations: number;
}

export type AccountMessage =
  | { readonly type: 'activated' | 'wake' | 'throw' | 'number' | 'read' }
  | { readonly type: 'add'; readonly amount: number; readonly tag?: string }
  | { readonly type: 'alarm'; readonly at: number };

export type AccountEffect =
  /** Transient. */
  | { readonly type: 'say'; readonly text: string }
  /** Durable. */
  | { readonly type: 'entry'; readonly number: number; readonly amount: number; readonly tag: string };

const say = (text: string): AccountEffect => ({ type: 'say', text });

export const account: Behaviour<Account, AccountMessage, AccountEffect> = {
  create: () => ({ balance: 0, entries: 0, wakeAt: null, activations: 0 }),
  receive(state, message, context) {
    switch (message.type) {
      case 'activated':
        return { state: { ...state, activations: state.activations + 1 }, effects: [], commit: false };
      case 'read':
        return { state, effects: [say(`balance ${state.balance}`)], commit: false };
      case 'number':
        return { state, effects: [say(`number ${context.uniqueNumber()}`)], commit: true };
      case 'alarm':
        return { state: { ...state, wakeAt: message.at }, effects: [], commit: true };
      case 'wake':
        return {
          state: { ...state, wakeAt: null },
          effects: [say(`awake at ${context.time}`)],
          commit: true,
        };
      case 'throw':
        throw new Error('a bug in the behaviour');
      case 'add': {
        const { amount, tag = '' } = message;
        const next = { ...state, balance: state.balance + amount, entries: state.entries + 1 };
        const entry: AccountEffect = { type: 'entry', number: next.entries, amount, tag };
        return { state: next, effects: [entry, say(`added ${amount}`)], commit: true };
      }
    }
  },
  signals: { activated: { type: 'activated' }, wake: { type: 'wake' } },
  encode: ({ balance, entries, wakeAt }, outbox) =>
    Buffer.from(JSON.stringify({ balance, entries, wakeAt, outbox })),
  decode(bytes) {
    const { outbox, ...kept } = JSON.parse(Buffer.from(bytes).toString()) as Account & {
      outbox: AccountEffect[];
    };
    return { state: { ...kept, activations: 0 }, outbox };
  },
  wakeAt: (state) => state.wakeAt,
  isUrgent: (message) => message.type === 'read',
  mayPassivate: (state) => state.wakeAt === null,
  isDurable: (effect) => effect.type === 'entry',
};

/** Records what it performs; durable entries are kept once, as an idempotent log keeps them. */
export class RecordingPerformer implements Performer<AccountEffect> {
  readonly said: string[] = [];
  readonly ledger = new Map<string, AccountEffect[]>();
  settleCalls = 0;
  failing = false;

  perform(key: string, _epoch: number, effects: readonly AccountEffect[]): void {
    for (const effect of effects) if (effect.type === 'say') this.said.push(`${key}: ${effect.text}`);
  }

  settle(entries: readonly Pending<AccountEffect>[]): Promise<readonly boolean[]> {
    this.settleCalls++;
    if (this.failing) return Promise.reject(new Error('the log is down'));
    for (const { key, effect } of entries) {
      const kept = this.ledger.get(key) ?? [];
      if (effect.type === 'entry' && effect.number > kept.length) this.ledger.set(key, [...kept, effect]);
    }
    return Promise.resolve(entries.map(() => true));
  }
}

/** A view of `states` whose commits can be held back, counted and made to fail. */
export class GatedStates implements States {
  readonly commits: (readonly ShardBatch[])[] = [];
  /** `before`: commits fail and write nothing; `after`: they are written, and their answer is lost. */
  failing: 'before' | 'after' | undefined;
  #gate: Promise<void> | undefined;
  #open: (() => void) | undefined;

  constructor(private readonly inner: States) {}

  hold(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  release(): void {
    this.#gate = undefined;
    this.#open?.();
  }

  /** Lets new commits through; those that are held stay so until `release`. */
  pass(): void {
    this.#gate = undefined;
  }

  async commit(batches: readonly ShardBatch[]): Promise<CommitOutcome[]> {
    this.commits.push(batches);
    await this.#gate;
    if (this.failing === 'before') throw new Error('the store is down');
    const outcomes = await this.inner.commit(batches);
    if (this.failing === 'after') throw new Error('the connection to the store broke');
    return outcomes;
  }

  load(shard: number, key: string) {
    return this.inner.load(shard, key);
  }

  wakeups(shard: number) {
    return this.inner.wakeups(shard);
  }
}

export const SHARDS = 4;
/** `a0` to `a9` live in shard 0, `b…` in shard 1, and so on. */
export const shardOfKey = (key: string) => key.charCodeAt(0) - 'a'.charCodeAt(0);

export interface Bench {
  readonly clock: ManualClock;
  readonly store: Store;
  /** Of the hosts; the bench's own when left out. */
  readonly hostClock?: Clock;
}

export function openBench(): Bench {
  const clock = new ManualClock();
  return { clock, store: memoryStore({ clock, shards: SHARDS }) };
}

/** A host on the bench's store, with its own performer (shared if given: the world is one). */
export function openHost(
  { clock: benchClock, store, hostClock: clock = benchClock }: Bench,
  options: {
    performer?: RecordingPerformer;
    limits?: Partial<HostLimits>;
    observer?: HostObserver<AccountMessage>;
  } = {},
) {
  const performer = options.performer ?? new RecordingPerformer();
  const states = new GatedStates(store.states);
  const host = new ActorHost({
    behaviour: account,
    performer,
    states,
    clock,
    wheel: new TimerWheel(clock, { resolutionMs: 10 }),
    shardOf: shardOfKey,
    shards: SHARDS,
    ...(options.limits && { limits: options.limits }),
    ...(options.observer && { observer: options.observer }),
  });
  return { host, performer, states };
}

/** Acquires the shard's lease for `owner`, taking it over when another holds it, and grants it to the host. */
export async function takeOver(
  { clock, store }: Bench,
  host: ActorHost<Account, AccountMessage, AccountEffect>,
  owner: string,
  shard = 0,
): Promise<number> {
  let grant = await store.leases.acquire(shard, owner, 1_000);
  if (!grant.granted) {
    await clock.advance(grant.remainingMs + 1);
    grant = await store.leases.acquire(shard, owner, 1_000);
  }
  if (!grant.granted) throw new Error(`shard ${shard} is still held by ${grant.holder}`);
  await host.grant({ shard, epoch: grant.epoch, deadline: Infinity });
  return grant.epoch;
}
