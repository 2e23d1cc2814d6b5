import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { entry } from '../contract-harness.js';
import { EventLogError } from '../mod.js';
import { Call, Item, Lane, Lanes } from './lanes.js';
import { Queue } from './queue.js';

describe('jetstream: lanes', () => {
  const item = (lane: Lane, number: number, call = new Call(1, 0)) =>
    new Item(lane, entry(lane.station, number), 'subject', call);

  test('remembers the newest of the stations that came last, and all that have something under way', () => {
    const lanes = new Lanes(10);
    const busy = lanes.of('busy');
    busy.add(item(busy, 1));
    busy.saw({ incarnation: 1, number: 5 });
    for (let at = 0; at < 100; at++) lanes.of(`s${at}`).saw({ incarnation: 1, number: 1 });
    assert.equal(lanes.of('busy'), busy);
    assert.ok(lanes.of('s99').covers({ incarnation: 1, number: 1 }));
    assert.ok(!lanes.of('s5').covers({ incarnation: 1, number: 1 }));
    assert.ok([...lanes.all()].length <= 2 * 10 + 3);
    busy.shift();
    for (let at = 0; at < 100; at++) lanes.of(`t${at}`);
    assert.notEqual(lanes.of('busy'), busy);
  });

  test('covers what is not greater than the newest', () => {
    const lane = new Lane('s');
    assert.ok(!lane.covers({ incarnation: 0, number: 1 }));
    lane.saw({ incarnation: 3, number: 5 });
    lane.saw({ incarnation: 2, number: 9 });
    for (const [incarnation, number, covered] of [
      [3, 5, true],
      [3, 6, false],
      [2, 100, true],
      [4, 1, false],
    ] as const) {
      assert.equal(lane.covers({ incarnation, number }), covered, `${incarnation}/${number}`);
    }
  });

  test('takes out what waits, behind what is on its way', () => {
    const lane = new Lane('s');
    for (const number of [1, 2, 3]) lane.add(item(lane, number));
    lane.inFlight = true;
    assert.deepEqual(
      lane.takeWaiting().map((one) => one.entry.number),
      [2, 3],
    );
    lane.add(item(lane, 4));
    assert.equal(lane.first?.entry.number, 1);
    lane.shift();
    assert.equal(lane.first?.entry.number, 4);
    lane.inFlight = false;
    assert.deepEqual(
      lane.takeWaiting().map((one) => one.entry.number),
      [4],
    );
    assert.ok(lane.isIdle);
  });

  test('a call that fails blocks its lanes until it is settled', async () => {
    const lane = new Lane('s');
    const call = new Call(3, 0);
    call.failed(lane, new EventLogError('unavailable', 'first'));
    call.failed(lane, new EventLogError('unavailable', 'second'));
    assert.ok(lane.blockers > 0);
    call.done();
    await assert.rejects(call.promise, /^EventLogError: 2 of 3 events are not appended: first$/);
    assert.equal(lane.blockers, 0);
  });

  test('a call tells what is refused for good before what may succeed later', async () => {
    const call = new Call(3, 0);
    call.failed(new Lane('s'), new EventLogError('unavailable', 'first'));
    call.failed(new Lane('t'), new EventLogError('bad_argument', 'second'));
    call.failed(new Lane('u'), new EventLogError('unavailable', 'third'));
    await assert.rejects(
      call.promise,
      (error: unknown) =>
        error instanceof EventLogError && error.code === 'bad_argument' && /: second$/.test(error.message),
    );
  });

  test('a queue is first in, first out', () => {
    const queue = new Queue<number>();
    const got: (number | undefined)[] = [];
    for (let at = 0; at < 5; at++) {
      queue.push(2 * at);
      queue.push(2 * at + 1);
      got.push(queue.shift());
    }
    assert.equal(queue.size, 5);
    for (let at = 0; at < 6; at++) got.push(queue.shift());
    assert.deepEqual(got, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, undefined]);
  });
});
