import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Command, Redis } from 'ioredis';
import { ManualClock } from '../../clock/mod.js';
import { StoreError } from '../errors.js';
import { CommitEncoder } from './commit-encoding.js';
import { CommitQueue } from './commit-queue.js';
import { Keys } from './keys.js';
import type { Link } from './link.js';
import { Replicas } from './replicas.js';

const SHARDS = 2;
const TIMEOUT_MS = 300;
const value = Buffer.from('v');
const batchOf = (shard: number) => ({ shard, epoch: 1, writes: [{ key: 'k', value }] });

/** A node each for shard 0 and shard 1. WAIT takes its full time when replicas are missing, and holds up nothing else. */
class FakeLink {
  readonly server = 'fake';
  readonly writer = 'w:1';
  readonly nodes: Redis[];
  readonly missing = new Set<number>();
  readonly sent: string[] = [];
  readonly told: StoreError[] = [];
  script: () => unknown = () => [];

  constructor(
    private readonly clock: ManualClock,
    readonly single: boolean,
  ) {
    const node = () => ({ status: 'ready', stream: { writable: true } }) as unknown as Redis;
    this.nodes = Array.from({ length: SHARDS }, node);
  }

  get servesOthers(): boolean {
    return !this.single;
  }

  node(slot: number): Redis {
    const node = this.nodes[this.single ? 0 : slot];
    assert.ok(node);
    return node;
  }

  send(node: Redis, { name }: Command): Promise<unknown> {
    const at = this.nodes.indexOf(node);
    this.sent.push(`${name} ${at}`);
    if (name !== 'wait') return Promise.resolve(this.script());
    if (!this.missing.has(at)) return Promise.resolve(1);
    return new Promise((resolve) => this.clock.setTimer(TIMEOUT_MS, () => resolve(0)));
  }

  tell(error: StoreError): void {
    this.told.push(error);
  }
}

describe('the queue of commits', () => {
  let clock: ManualClock;
  let fake: FakeLink;

  beforeEach(() => {
    clock = new ManualClock();
    fake = new FakeLink(clock, false);
  });

  function queueOf(count: number, encoder = new CommitEncoder(new Keys('csms', SHARDS))): CommitQueue {
    const link = fake as unknown as Link;
    const replicas = new Replicas({ link, clock, count, timeoutMs: TIMEOUT_MS });
    return new CommitQueue({ link, encoder, slotOf: (shard) => shard, replicas });
  }

  const both = [batchOf(0), batchOf(1)];

  test('a node without its replica holds the others up once; then nothing is sent to it until it has one', async () => {
    const queue = queueOf(1);
    fake.missing.add(1);
    const first = queue.commit(both);
    await clock.advance(TIMEOUT_MS);
    assert.deepEqual(await first, ['committed', 'unknown']);
    fake.sent.length = 0;
    // No time passes: nobody waits.
    for (let n = 0; n < 5; n++) assert.deepEqual(await queue.commit(both), ['committed', 'unknown']);
    assert.ok(fake.sent.every((command) => command.endsWith(' 0')));
    assert.match(String(fake.told.at(-1)), /of the replicas of Redis at fake 0 have acknowledged/);
    // Probes go on in the background, and nobody waits for them either.
    await clock.advance(10_000);
    assert.ok(fake.sent.filter((command) => command === 'wait 1').length >= 5);
    assert.ok(!fake.sent.includes('evalsha 1'));
    assert.deepEqual(await queue.commit(both), ['committed', 'unknown']);
    fake.missing.clear();
    await clock.advance(1_000 + TIMEOUT_MS);
    assert.deepEqual(await queue.commit(both), ['committed', 'committed']);
  });

  test('a replica that is lost again right after a probe: the next probe comes later', async () => {
    const queue = queueOf(1);
    const loseAndRegain = async (ms: number) => {
      fake.missing.add(1);
      const short = queue.commit(both);
      await clock.advance(TIMEOUT_MS);
      assert.deepEqual(await short, ['committed', 'unknown']);
      fake.missing.clear();
      await clock.advance(ms - 1);
      assert.deepEqual(await queue.commit(both), ['committed', 'unknown']);
      await clock.advance(1);
    };
    for (const ms of [250, 500, 1_000, 1_000]) await loseAndRegain(ms);
    assert.deepEqual(await queue.commit(both), ['committed', 'committed']);
    await loseAndRegain(250);
  });

  test('a single Redis without its replica: commits reject, at once after the first', async () => {
    fake = new FakeLink(clock, true);
    const queue = queueOf(1);
    fake.missing.add(0);
    const short = { code: 'unavailable', message: /of the replicas/ };
    const first = assert.rejects(queue.commit(both), short);
    await clock.advance(TIMEOUT_MS);
    await first;
    await assert.rejects(queue.commit(both), short);
    fake.missing.clear();
    await clock.advance(250);
    assert.deepEqual(await queue.commit(both), ['committed', 'committed']);
  });

  test('what fails before it is sent is not committed, and the next commit is', async () => {
    fake = new FakeLink(clock, true);
    const queue = queueOf(0);
    const failing = queueOf(0, {
      encode: () => {
        throw new TypeError('cannot encode');
      },
    } as unknown as CommitEncoder);
    const bug = (error: unknown) =>
      error instanceof StoreError && error.code === 'unavailable' && error.cause instanceof TypeError;
    await assert.rejects(failing.commit(both), bug);
    await failing.finished();
    assert.deepEqual(fake.sent, []);
    assert.deepEqual(await queue.commit(both), ['committed', 'committed']);
  });

  test('a reply that is none of the script commits nothing', async () => {
    fake = new FakeLink(clock, true);
    const queue = queueOf(0);
    for (const reply of ['OK', null, 1]) {
      fake.script = () => reply;
      await assert.rejects(queue.commit(both), { code: 'unavailable', message: /the commit script replied/ });
    }
  });
});
