import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../clock/mod.js';
import type { CallOutcome } from './outcomes.js';
import { Outbox } from './outbox.js';
import type { Transaction, TransactionMessage } from './transaction.js';

const RESULT: CallOutcome = { kind: 'result', payload: {} };
const ERROR: CallOutcome = { kind: 'error', code: 'InternalError', description: '', details: {} };

function createTransaction(): Transaction {
  return {
    stationId: 'S',
    evseId: 1,
    id: 't',
    idToken: undefined,
    nextSeqNo: 0,
    remoteStartId: undefined,
    reservationId: undefined,
    startedAt: 0,
    meterStartWh: 0,
    chargingState: 'Charging',
    stopReason: undefined,
    ended: false,
    unsettled: 0,
    givenUp: 0,
    onSettled: undefined,
  };
}

/** An outbox whose transmissions the test answers. */
function createOutbox(options: { capacity?: number } = {}) {
  const clock = new ManualClock();
  const transaction = createTransaction();
  const sent: string[] = [];
  const settled: string[] = [];
  const state = { open: true };
  let done: ((outcome: CallOutcome) => void) | undefined;
  const nameOf = (message: TransactionMessage) => String((message.payload as { name?: unknown }).name);
  const outbox = new Outbox({
    clock,
    capacity: options.capacity ?? 100,
    retry: () => ({ attempts: 3, intervalMs: 1000 }),
    open: () => state.open,
    transmit: (message, callback) => {
      sent.push(nameOf(message));
      done = callback;
    },
    settled: (message) => settled.push(`${nameOf(message)} ${message.outcome?.kind}`),
  });
  const add = (name: string, part: TransactionMessage['part'] = 'update') =>
    outbox.add({
      transaction,
      action: 'MeterValues',
      part,
      payload: { name },
      createdAt: clock.now(),
      sentAs: [],
      failures: 0,
      outcome: undefined,
    });
  const answer = (outcome: CallOutcome) => {
    const callback = done;
    done = undefined;
    assert.ok(callback, 'a message is out');
    callback(outcome);
  };
  return { clock, outbox, transaction, sent, settled, state, add, answer };
}

test('messages go one at a time and in order', () => {
  const { outbox, transaction, sent, settled, add, answer } = createOutbox();
  for (const name of ['a', 'b', 'c']) add(name);
  assert.deepEqual(sent, ['a']);
  assert.equal(transaction.unsettled, 3);
  answer(RESULT);
  answer(RESULT);
  answer(RESULT);
  assert.deepEqual(sent, ['a', 'b', 'c']);
  assert.deepEqual(settled, ['a result', 'b result', 'c result']);
  assert.equal(transaction.unsettled, 0);
  assert.equal(outbox.length, 0);
});

test('nothing goes while the station may not send, everything when it may again', () => {
  const { outbox, sent, state, add } = createOutbox();
  state.open = false;
  add('a');
  outbox.flush();
  assert.deepEqual(sent, []);
  state.open = true;
  outbox.flush();
  outbox.flush();
  assert.deepEqual(sent, ['a']);
});

test('a refused or unanswered message goes again after interval × failures, then is given up (1.6 3.7.1)', async () => {
  const { clock, transaction, sent, settled, add, answer } = createOutbox();
  add('a');
  add('b');
  answer(ERROR);
  await clock.advance(999);
  assert.deepEqual(sent, ['a']);
  await clock.advance(1);
  answer({ kind: 'timeout' });
  await clock.advance(1999);
  assert.deepEqual(sent, ['a', 'a']);
  await clock.advance(1);
  answer(ERROR);
  assert.deepEqual(sent, ['a', 'a', 'a', 'b']);
  assert.deepEqual(settled, ['a given_up']);
  assert.equal(transaction.givenUp, 1);
});

test('the loss of the connection is no failure: the same message goes first when there is a new one', async () => {
  const { clock, outbox, sent, settled, state, add, answer } = createOutbox();
  add('a');
  add('b');
  for (let loss = 0; loss < 5; loss++) {
    state.open = false;
    answer({ kind: 'lost' });
    await clock.advance(100_000);
    state.open = true;
    outbox.flush();
  }
  answer(RESULT);
  assert.deepEqual(sent, ['a', 'a', 'a', 'a', 'a', 'a', 'b']);
  assert.deepEqual(settled, ['a result']);
});

test('a full queue drops its oldest update, never a start, an end or what is on the wire (2.0.1 E04)', () => {
  const { outbox, settled, add } = createOutbox({ capacity: 4 });
  add('start', 'start');
  add('u1');
  add('u2');
  add('u3');
  add('u4');
  add('end', 'end');
  assert.deepEqual(settled, ['u1 given_up', 'u2 given_up']);
  assert.deepEqual(
    outbox.messages.map((message) => (message.payload as { name: string }).name),
    ['start', 'u3', 'u4', 'end'],
  );
});
