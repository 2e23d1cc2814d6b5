import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../clock/mod.js';
import { type Change, GroupCommit } from './group-commit.js';

/** Transactions that end when the test says so. */
function setUp(options: { intervalMs?: number; maxPendingBytes?: number } = {}) {
  const clock = new ManualClock();
  const transactions: { applied: string[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const group = new GroupCommit<string[]>({
    clock,
    intervalMs: options.intervalMs ?? 0,
    maxPendingBytes: options.maxPendingBytes ?? 1000,
    transact: (apply) =>
      new Promise((finish, fail) => {
        const applied: string[] = [];
        transactions.push({ applied, finish, fail });
        apply(applied);
      }),
    overloaded: () => new Error('overloaded'),
  });
  const change = (name: string, committed: () => void = () => undefined): Change<string[]> => ({
    apply: (writer) => writer.push(name),
    committed,
  });
  return { clock, transactions, group, change };
}

describe('group commit', () => {
  test('changes of one tick share a transaction, in order', async () => {
    const { clock, transactions, group, change } = setUp();
    const writes = ['a', 'b', 'c'].map((name) => group.write(change(name), 1));
    assert.equal(transactions.length, 0);
    await clock.settle();
    assert.deepEqual(
      transactions.map(({ applied }) => applied),
      [['a', 'b', 'c']],
    );
    transactions[0]?.finish();
    await Promise.all(writes);
  });

  test('changes that come while a transaction is under way share the next one', async () => {
    const { clock, transactions, group, change } = setUp();
    const writes = [group.write(change('a'), 1)];
    await clock.settle();
    writes.push(group.write(change('b'), 1), group.write(change('c'), 1));
    await clock.settle();
    assert.equal(transactions.length, 1);
    transactions[0]?.finish();
    await clock.settle();
    assert.deepEqual(transactions[1]?.applied, ['b', 'c']);
    transactions[1]?.finish();
    await Promise.all(writes);
  });

  test('a lone change starts at once, the next ones wait for the interval', async () => {
    const { clock, transactions, group, change } = setUp({ intervalMs: 10 });
    const first = group.write(change('a'), 1);
    await clock.settle();
    transactions[0]?.finish();
    await first;
    await clock.advance(4);
    const second = group.write(change('b'), 1);
    await clock.advance(5);
    assert.equal(transactions.length, 1);
    await clock.advance(1);
    assert.equal(transactions.length, 2);
    transactions[1]?.finish();
    await second;
    await clock.advance(10);
    void group.write(change('c'), 1);
    await clock.settle();
    assert.equal(transactions.length, 3);
  });

  test('tells of the commit before it applies the next change', async () => {
    const { clock, transactions, group, change } = setUp();
    const told: string[] = [];
    void group.write(
      change('a', () => told.push(`a committed, ${transactions.length} begun`)),
      1,
    );
    await clock.settle();
    void group.write(change('b'), 1);
    transactions[0]?.finish();
    await clock.settle();
    assert.deepEqual(told, ['a committed, 1 begun']);
    assert.equal(transactions.length, 2);
  });

  test('a failed transaction fails all of its changes and none of the next', async () => {
    const { clock, transactions, group, change } = setUp();
    let committed = 0;
    const lost = ['a', 'b'].map((name) =>
      group.write(
        change(name, () => committed++),
        1,
      ),
    );
    const failed = Promise.all(lost.map((each) => assert.rejects(each, /disk full/)));
    await clock.settle();
    const kept = group.write(change('c'), 1);
    transactions[0]?.fail(new Error('disk full'));
    await failed;
    assert.equal(committed, 0);
    await clock.settle();
    transactions[1]?.finish();
    await kept;
  });

  test('a change that throws is refused alone', async () => {
    const { clock, transactions, group, change } = setUp();
    const bad = group.write(
      {
        apply: () => {
          throw new Error('a bug');
        },
      },
      1,
    );
    const refused = assert.rejects(bad, /a bug/);
    const good = group.write(change('a'), 1);
    await clock.settle();
    assert.deepEqual(transactions[0]?.applied, ['a']);
    transactions[0].finish();
    await refused;
    await good;
  });

  test('refuses more than may wait, but never a lone change', async () => {
    const { clock, transactions, group, change } = setUp({ maxPendingBytes: 100 });
    const writes = [group.write(change('large'), 500)];
    await assert.rejects(group.write(change('b'), 1), /overloaded/);
    await clock.settle();
    writes.push(group.write(change('c'), 60), group.write(change('d'), 40));
    await assert.rejects(group.write(change('e'), 1), /overloaded/);
    transactions[0]?.finish();
    await clock.settle();
    transactions[1]?.finish();
    await Promise.all(writes);
    assert.deepEqual(transactions[1]?.applied, ['c', 'd']);
  });

  test('idle waits for everything', async () => {
    const { clock, transactions, group, change } = setUp();
    await group.idle();
    let idle = false;
    void group.write(change('a'), 1);
    void group.idle().then(() => (idle = true));
    await clock.settle();
    void group.write(change('b'), 1);
    transactions[0]?.finish();
    await clock.settle();
    assert.equal(idle, false);
    transactions[1]?.finish();
    await clock.settle();
    assert.equal(idle, true);
  });
});
