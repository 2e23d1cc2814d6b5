import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../clock/mod.js';
import { VERSIONS, type Version } from '../ocpp/mod.js';
import { Calls, type CallRequest, type CommandReply } from './calls.js';
import type { CallOutcome, PeerFault } from './outcomes.js';

/** The RPC layer on a wire that the test looks at. */
function createCalls(version: Version, options: { maxWaiting?: number; connected?: boolean } = {}) {
  const clock = new ManualClock();
  const wire: unknown[] = [];
  const faults: PeerFault[] = [];
  const log: string[] = [];
  const outcomes: Record<string, CallOutcome> = {};
  const reply: CommandReply = { kind: 'result', payload: { status: 'Accepted' } };
  const calls = new Calls({
    version,
    clock,
    maxWaiting: options.maxWaiting ?? 10,
    checkAnswers: true,
    transmit: (text) => {
      if (options.connected === false) return false;
      wire.push(JSON.parse(text));
      return true;
    },
    answer: (_id, action) => {
      log.push(`answer ${action}`);
      return reply;
    },
    answered: () => log.push('answered'),
    fault: (fault) => faults.push(fault),
  });
  const call = (id: string, facts: Partial<CallRequest> = {}) =>
    calls.call({
      action: 'Heartbeat',
      payload: {},
      id,
      timeoutMs: 1000,
      done: (outcome) => {
        outcomes[id] = outcome;
      },
      ...facts,
    });
  const receive = (frame: unknown) => calls.receive(Buffer.from(JSON.stringify(frame)));
  return { clock, calls, wire, faults, log, outcomes, call, receive };
}

const CURRENT = { currentTime: '2026-01-01T00:00:00Z' };

test('one CALL is outstanding at a time, the others wait in order', () => {
  const { wire, outcomes, call, receive } = createCalls('1.6');
  for (const id of ['a', 'b', 'c']) call(id);
  assert.deepEqual(wire, [[2, 'a', 'Heartbeat', {}]]);
  receive([3, 'a', CURRENT]);
  assert.deepEqual(outcomes, { a: { kind: 'result', payload: CURRENT } });
  receive([4, 'b', 'InternalError', 'no', { x: 1 }]);
  assert.deepEqual(outcomes.b, {
    kind: 'error',
    code: 'InternalError',
    description: 'no',
    details: { x: 1 },
  });
  assert.deepEqual(wire.at(-1), [2, 'c', 'Heartbeat', {}]);
});

test('a CALL that goes first overtakes those that wait, not the one that is out', () => {
  const { wire, call, receive } = createCalls('1.6');
  call('a');
  call('b');
  call('boot', { first: true });
  receive([3, 'a', CURRENT]);
  receive([3, 'boot', CURRENT]);
  assert.deepEqual(
    wire.map((frame) => (frame as unknown[])[1]),
    ['a', 'boot', 'b'],
  );
});

test('a timeout frees the way, and the answer that comes late changes nothing', async () => {
  const { clock, wire, outcomes, faults, call, receive } = createCalls('2.0.1');
  call('a');
  call('b');
  await clock.advance(999);
  assert.deepEqual(outcomes, {});
  await clock.advance(1);
  assert.deepEqual(outcomes, { a: { kind: 'timeout' } });
  assert.equal(wire.length, 2);
  receive([3, 'a', CURRENT]);
  assert.deepEqual(outcomes, { a: { kind: 'timeout' } });
  assert.equal(faults[0]?.kind, 'unknown_answer');
});

test('the loss of the connection ends all: the one that is out is lost, the others were never sent', async () => {
  const { clock, calls, outcomes, call } = createCalls('2.1');
  call('a');
  call('b');
  calls.lost();
  assert.deepEqual(outcomes, { a: { kind: 'lost' }, b: { kind: 'unsent', why: 'offline' } });
  assert.equal(calls.pending, 0);
  await clock.advance(5000);
  assert.deepEqual(outcomes.a, { kind: 'lost' });
});

test('one more than may wait is refused at once', async () => {
  const { clock, outcomes, call } = createCalls('1.6', { maxWaiting: 2 });
  for (const id of ['out', 'b', 'c', 'd']) call(id);
  await clock.settle();
  assert.deepEqual(outcomes, { d: { kind: 'unsent', why: 'queue_full' } });
});

test('without a connection nothing is sent and everybody is told, never within the call', async () => {
  const { clock, outcomes, call } = createCalls('1.6', { connected: false });
  call('a');
  assert.deepEqual(outcomes, {});
  await clock.settle();
  assert.deepEqual(outcomes, { a: { kind: 'unsent', why: 'offline' } });
});

test('a CALL of the peer is answered, and what follows comes after the answer', () => {
  const { wire, log, receive } = createCalls('1.6');
  receive([2, 'x', 'ClearCache', {}]);
  assert.deepEqual(wire, [[3, 'x', { status: 'Accepted' }]]);
  assert.deepEqual(log, ['answer ClearCache', 'answered']);
});

test('CALLs cross: ours is outstanding while theirs is answered', () => {
  const { wire, outcomes, call, receive } = createCalls('1.6');
  call('a');
  receive([2, 'a', 'ClearCache', {}]);
  receive([3, 'a', CURRENT]);
  assert.equal(wire.length, 2);
  assert.equal(outcomes.a?.kind, 'result');
});

for (const [version, frame, code] of [
  ['1.6', [2, 'x', 'Nothing', {}], 'NotImplemented'],
  ['1.6', [2, 'x', 'Heartbeat', {}], 'NotSupported'],
  ['1.6', [2, 'x', 'Reset', { type: 'Hard', more: 1 }], 'FormationViolation'],
  ['1.6', [2, 'x', 'Reset', {}], 'OccurenceConstraintViolation'],
  ['2.0.1', [2, 'x', 'Reset', { type: 7 }], 'TypeConstraintViolation'],
  ['2.1', [2, 'x', 'Reset', { type: 'Soft' }], 'PropertyConstraintViolation'],
] as const) {
  test(`${version}: ${JSON.stringify(frame)} is answered by ${code}`, () => {
    const { wire, faults, log, receive } = createCalls(version);
    receive(frame);
    const [type, id, answered] = wire[0] as unknown[];
    assert.deepEqual([type, id, answered], [4, 'x', code]);
    assert.equal(faults.length, 1);
    assert.deepEqual(log, []);
  });
}

test('what is no JSON gets no answer in 1.6, and one with the id -1 in 2.0.1', () => {
  for (const [version, answers] of [
    ['1.6', []],
    ['2.0.1', ['-1']],
  ] as const) {
    const { calls, wire } = createCalls(version);
    calls.receive(Buffer.from('{nonsense'));
    assert.deepEqual(
      wire.map((frame) => (frame as unknown[])[1]),
      answers,
    );
  }
});

test('an answer against its schema ends the CALL as invalid; only 2.1 tells the peer, by CALLRESULTERROR', () => {
  for (const [version, told] of [
    ['1.6', false],
    ['2.0.1', false],
    ['2.1', true],
  ] as const) {
    const { wire, outcomes, call, receive } = createCalls(version);
    call('a');
    receive([3, 'a', { currentTime: 'yesterday' }]);
    assert.equal(outcomes.a?.kind, 'invalid');
    assert.equal(
      wire.some((frame) => (frame as unknown[])[0] === 5),
      told,
    );
  }
});

test('a SEND (2.1) goes out while a CALL is outstanding, and nobody waits for an answer', () => {
  const { calls, wire, call } = createCalls('2.1');
  call('a');
  assert.equal(calls.send('s', 'NotifyPeriodicEventStream', { id: 1 }), true);
  assert.deepEqual(wire[1], [6, 's', 'NotifyPeriodicEventStream', { id: 1 }]);
  assert.equal(calls.pending, 1);
});

test('whatever bytes arrive, nothing throws and the CALL that is out keeps waiting', () => {
  const seed = 20261121;
  const frame = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.string(), fc.anything(), fc.anything());
  const bytes = fc.oneof(
    fc.uint8Array(),
    frame.map((parts) => Buffer.from(JSON.stringify(parts))),
  );
  fc.assert(
    fc.property(fc.constantFrom(...VERSIONS), bytes, (version, input) => {
      const { calls, outcomes, call } = createCalls(version);
      call('an id that nobody guesses');
      calls.receive(input);
      assert.deepEqual(outcomes, {});
    }),
    { seed, numRuns: 300 },
  );
});
