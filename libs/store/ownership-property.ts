import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CommitOutcome } from './states.js';
import type { StoreHarness } from './contract-harness.js';

const SEED = 20263;
const SHARD = 1;
const TTL = 60_000;
const OWNERS = ['a', 'b', 'c'];

type Step =
  | { readonly kind: 'acquire' | 'renew' | 'release'; readonly owner: string }
  | { readonly kind: 'commit'; readonly owner: string; readonly wait: boolean }
  | { readonly kind: 'pass' }
  | { readonly kind: 'reopen' };

const owner = fc.constantFrom(...OWNERS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('acquire' as const), owner }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('renew' as const, 'release' as const), owner }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('commit' as const), owner, wait: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

/** Whatever three owners do: no epoch writes once a newer one is granted, and grants follow the leases. */
export function ownershipProperty(harness: () => StoreHarness): void {
  test(`three owners never write over each other (seed ${SEED})`, async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const history = new History(harness(), `key-${round++}`);
        await history.start();
        for (const each of steps) await history.perform(each);
        await history.end();
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
}

interface Attempt {
  readonly value: string;
  readonly epoch: number;
  /** Newest epoch known to be granted when the commit was called. */
  readonly newest: number;
  readonly outcome: Promise<CommitOutcome | undefined>;
}

/** Performs steps on a store and compares it with what a store should do. */
class History {
  /** The epoch that each owner believes to have. */
  readonly #epochs = new Map<string, number>();
  #attempts: Attempt[] = [];
  /** What the record held when the attempts began. */
  #base: string | undefined;
  #newest = 0;
  #holder: { readonly owner: string; readonly until: number } | undefined;
  #time = 0;
  #writes = 0;

  constructor(
    private readonly harness: StoreHarness,
    private readonly key: string,
  ) {}

  async start(): Promise<void> {
    await this.#pass(TTL * 2);
    await this.#acquire('a');
  }

  async perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'acquire':
        return this.#acquire(step.owner);
      case 'renew':
        return this.#renew(step.owner);
      case 'release':
        return this.#release(step.owner);
      case 'commit':
        return this.#commit(step.owner, step.wait);
      case 'pass':
        return this.#pass(TTL * 0.6);
      case 'reopen':
        return this.#reopen();
    }
  }

  async end(): Promise<void> {
    await this.#settle(await this.#load());
    await this.#settle(await this.#load());
  }

  async #acquire(owner: string): Promise<void> {
    const free =
      this.#holder === undefined || this.#holder.owner === owner || this.#holder.until <= this.#time;
    const grant = await this.harness.store.leases.acquire(SHARD, owner, TTL);
    assert.equal(grant.granted, free);
    if (!grant.granted) {
      assert.equal(grant.holder, this.#holder?.owner);
      return;
    }
    assert.ok(grant.epoch > this.#newest);
    this.#newest = grant.epoch;
    this.#epochs.set(owner, grant.epoch);
    this.#holder = { owner, until: this.#time + TTL };
    // From here on, nothing of an older epoch may arrive any more.
    await this.#settle(await this.#load());
  }

  async #renew(owner: string): Promise<void> {
    const renewed = await this.harness.store.leases.renew(SHARD, owner, this.#epochs.get(owner) ?? 0, TTL);
    assert.equal(renewed, this.#holds(owner));
    if (renewed) this.#holder = { owner, until: this.#time + TTL };
  }

  async #release(owner: string): Promise<void> {
    const released = await this.harness.store.leases.release(SHARD, owner, this.#epochs.get(owner) ?? 0);
    assert.equal(released, this.#holds(owner));
    if (released) this.#holder = undefined;
  }

  async #commit(owner: string, wait: boolean): Promise<void> {
    const epoch = this.#epochs.get(owner) ?? 0;
    const value = `${this.key} ${owner} ${++this.#writes}`;
    const writes = [{ key: this.key, value: new Uint8Array(Buffer.from(value)) }];
    const outcome = this.harness.store.states
      .commit([{ shard: SHARD, epoch, writes }])
      .then(([first]) => first);
    this.#attempts.push({ value, epoch, newest: this.#newest, outcome });
    if (wait) await outcome;
  }

  async #pass(ms: number): Promise<void> {
    await this.harness.pass(ms);
    this.#time += ms;
  }

  async #reopen(): Promise<void> {
    if (this.harness.reopen === undefined) return;
    this.harness.store = await this.harness.reopen();
    if (this.harness.leasesSurvive !== true) this.#holder = undefined;
    await this.#settle(await this.#load());
  }

  /** @param loaded what the record held after all attempts so far had their last chance to arrive. */
  async #settle(loaded: string | undefined): Promise<void> {
    let expected = this.#base;
    for (const { value, epoch, newest, outcome } of this.#attempts) {
      const came = await outcome;
      if (epoch < newest) assert.equal(came, 'fenced', 'an older epoch has written');
      if (came === 'committed') expected = value;
    }
    const now = await this.#load();
    assert.equal(now, expected);
    if (this.#attempts.every(({ newest }) => newest < this.#newest))
      assert.equal(loaded, now, 'a write came late');
    this.#base = expected;
    this.#attempts = [];
  }

  async #load(): Promise<string | undefined> {
    const value = await this.harness.store.states.load(SHARD, this.key);
    return value === undefined ? undefined : Buffer.from(value).toString();
  }

  #holds(owner: string): boolean {
    return (
      this.#holder?.owner === owner &&
      this.#holder.until > this.#time &&
      this.#epochs.get(owner) === this.#newest
    );
  }
}
