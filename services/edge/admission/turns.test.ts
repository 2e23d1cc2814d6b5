import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONGEST_WAIT_MS, Turns } from './turns.js';

const half = () => 0.5;

test('turns come one after the other at the pace; their number is the backlog, which time makes smaller', () => {
  const turns = new Turns(10, half);
  assert.equal(turns.backlog(1000), 0);
  assert.deepEqual(
    [1, 2, 3, 4].map((hash) => turns.of(hash, 1000)),
    [1100, 1200, 1300, 1400],
  );
  assert.equal(turns.backlog(1000), 4);
  assert.equal(turns.backlog(1250), 2);
  assert.equal(turns.of(5, 1250), 1500);
  assert.equal(turns.backlog(9000), 0);
  assert.equal(turns.of(6, 9000), 9100);
});

test('who asks again before its turn keeps it; afterwards it gets another one', () => {
  const turns = new Turns(10, half);
  const first = turns.of(7, 0);
  for (let hash = 100; hash < 110; hash++) turns.of(hash, 0);
  assert.equal(turns.of(7, first - 1), first);
  assert.equal(turns.backlog(0), 11);
  assert.equal(turns.of(7, first), 1200);
});

test('no turn comes before the earliest time', () => {
  const turns = new Turns(10, half);
  assert.equal(turns.of(1, 0, 5000), 5100);
  assert.equal(turns.of(2, 0, 0), 5200);
});

test('nobody waits longer than two minutes: those past it share the second of them', () => {
  const turns = new Turns(10, half);
  const all = Array.from({ length: 2000 }, (_, at) => turns.of(at + 1, 0));
  assert.equal(all[1199], LONGEST_WAIT_MS);
  assert.ok(all.slice(1200).every((turn) => turn === LONGEST_WAIT_MS * 0.75));
  assert.equal(turns.backlog(0), 1200);
});
