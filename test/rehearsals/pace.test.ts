import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reconnection } from '../driven/records.js';
import { awayBeyondBackOff, paceErrorOf } from './pace.js';

const loss = (closedAt: number, backAt: number | undefined = closedAt + 600): Reconnection => ({
  closedAt,
  code: 1001,
  backOffs: [500],
  backAt,
});
const drain = (...closes: number[]) => ({
  begun: 1000,
  spreadMs: 4000,
  losses: closes.map((at) => loss(at)),
});

test('closes at an even pace are neither early nor late', () => {
  assert.deepEqual(paceErrorOf(drain(1000, 2000, 3000, 4000)), { early: 0, late: 0 });
});

test('a close before its time, and one after it, are found wherever they are', () => {
  assert.deepEqual(paceErrorOf(drain(1000, 1400, 3000, 4000)), { early: 0.15, late: 0 });
  assert.deepEqual(paceErrorOf(drain(1000, 2000, 3000, 5000)), { early: 0, late: 0.25 });
  assert.equal(paceErrorOf(drain(1000, 1000, 1000, 1000)).early, 0.75);
});

test('time away is counted beyond the own back-off, and has no end for who is not back', () => {
  assert.equal(awayBeyondBackOff(loss(1000)), 100);
  assert.equal(awayBeyondBackOff({ closedAt: 1, code: 1001, backOffs: [], backAt: undefined }), Infinity);
});
