import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, type StationRecord } from '../store/mod.js';
import { beginRotation, endRotation, isStricter, takeBackPassword } from './mod.js';

const [old, new1, new2, other] = ['a', 'b', 'c', 'd'].map((c) => hashPassword(Buffer.from(c.repeat(16))));
assert.ok(old && new1 && new2 && other);
const record: StationRecord = { stationId: 'A', credentials: [old], quirks: ['no_pong'] };
const rotating = beginRotation(record, new1);

test('a rotation puts the new password first, and ends with it alone', () => {
  assert.deepEqual(rotating, { ...record, credentials: [new1, old], rotating: true });
  assert.deepEqual(endRotation(rotating), { ...record, credentials: [new1] });
  assert.equal(isStricter(rotating, record), false);
  assert.equal(isStricter(endRotation(rotating), rotating), true);
});

test('a password that was not taken is taken back, and the earlier ones are as they were', () => {
  assert.deepEqual(takeBackPassword(rotating, new1, false), record);
  const again = beginRotation(rotating, new2);
  assert.deepEqual(takeBackPassword(again, new2, true), rotating);
  assert.deepEqual(takeBackPassword(again, new1, false), beginRotation(record, new2));
  const two = { ...record, credentials: [old, other] };
  assert.deepEqual(takeBackPassword(beginRotation(two, new1), new1, false), two);
});

test('nothing is taken back that is gone, or the only one', () => {
  assert.equal(takeBackPassword(record, new1, false), undefined);
  assert.equal(takeBackPassword(endRotation(rotating), new1, false), undefined);
  assert.equal(takeBackPassword({ ...record, credentials: [] }, new1, false), undefined);
});
