import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../../libs/clock/mod.js';
import type { Directory, StationRecord } from '../../../libs/store/mod.js';
import { LookUps } from './look-up.js';

/** Answers of a directory that are given by hand. */
function directory() {
  const asked: { stationId: string; answer: (record: StationRecord | undefined) => void }[] = [];
  const slow = {
    get: (stationId: string) =>
      new Promise<StationRecord | undefined>((answer) => asked.push({ stationId, answer })),
  };
  return { asked, slow: slow as unknown as Directory };
}

const record = (stationId: string): StationRecord => ({ stationId, credentials: [] });

test('a record that was changed while it was on its way is read again; those of others are not', async () => {
  const clock = new ManualClock();
  const { asked, slow } = directory();
  const lookUps = new LookUps(slow, clock, { concurrency: 10, timeoutMs: 1000 });
  const gone = lookUps.get('gone');
  const other = lookUps.get('other');
  lookUps.outdate(new Set(['gone']));
  asked[0]?.answer(record('gone'));
  asked[1]?.answer(record('other'));
  assert.deepEqual(await other, record('other'));
  await clock.advance(0);
  assert.deepEqual(
    asked.map(({ stationId }) => stationId),
    ['gone', 'other', 'gone'],
  );
  asked[2]?.answer(undefined);
  assert.equal(await gone, undefined);
  assert.equal(lookUps.pending, 0);
});

test('reading again counts towards the time that a look-up may take', async () => {
  const clock = new ManualClock();
  const { asked, slow } = directory();
  const lookUps = new LookUps(slow, clock, { concurrency: 1, timeoutMs: 1000 });
  const first = assert.rejects(lookUps.get('a'), /did not answer within 1000 ms/);
  lookUps.outdate(new Set(['a']));
  await clock.advance(600);
  asked[0]?.answer(record('a'));
  await clock.advance(600);
  await first;
  const next = lookUps.get('b');
  asked[1]?.answer(record('a'));
  await clock.advance(0);
  asked[2]?.answer(record('b'));
  assert.deepEqual(await next, record('b'));
});
