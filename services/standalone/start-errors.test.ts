import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLogError } from '../../libs/eventlog/mod.js';
import { StartError } from '../../libs/ops/mod.js';
import { StoreError } from '../../libs/store/mod.js';
import { explained } from './start-errors.js';

test('what the data directory refuses at the start is a line for the operator, not a bug', () => {
  for (const error of [
    new EventLogError('damaged', 'event 5 of the log is unreadable: restore a backup'),
    new EventLogError('unavailable', 'cannot read main: check the disk'),
    new StoreError('damaged', 'data.mdb is cut off: restore a backup'),
    new StoreError('mismatch', 'data directory has format 99'),
  ]) {
    const start = explained(error);
    assert.ok(start instanceof StartError);
    assert.equal(start.message, error.message);
    assert.equal(start.cause, error);
  }
});

test('a bug stays what it is', () => {
  const bug = new TypeError('x is undefined');
  assert.equal(explained(bug), bug);
});
