import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '../limits.js';
import { booted, connected, eventsOf, sent, statuses } from '../commands.fixture.js';
import { TestStation } from '../station.fixture.js';

/** The same id is the same command, whoever asks and however often (DESIGN invariant 5). */

const ACCEPTED = { status: 'Accepted' };
const KEYED = { id: 'key', keyed: true };

const replies = (station: TestStation): string[] =>
  station.outcomes.map(({ reply, outcome }) => `${reply} ${outcome.status}`);

describe('a command whose caller chose the id', () => {
  test('comes again while it waits: it is sent once, and each that asks hears the outcome', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'first' });
    for (const reply of ['r1', 'r2', 'r1']) {
      station.command('ClearCache', {}, { ...KEYED, reply, dispatcher: reply });
    }
    station.crash();
    station.connect(station.connection, true);
    station.result('first', ACCEPTED);
    station.command('ClearCache', {}, { ...KEYED, reply: 'r3' });
    station.crash();
    station.connect(station.connection, true);
    station.result('key', ACCEPTED);
    assert.deepEqual(new Set(sent(station)), new Set(['first', 'key']));
    assert.deepEqual(replies(station), ['inbox.first result', 'r1 result', 'r2 result', 'r3 result']);
    assert.deepEqual(eventsOf(station), ['first command.completed result', 'key command.completed result']);
    assert.ok(station.told.every(({ word }) => word === 'taken'));
  });

  test('of many that ask, the last ones hear', () => {
    const station = connected();
    for (let n = 1; n <= 6; n++) station.command('ClearCache', {}, { ...KEYED, reply: `r${n}` });
    station.result('key', ACCEPTED);
    assert.deepEqual(
      replies(station),
      [3, 4, 5, 6].map((n) => `r${n} result`),
    );
  });

  test('a repeat that changes nothing is not written', () => {
    const station = connected();
    station.command('ClearCache', {}, KEYED);
    station.command('ClearCache', {}, KEYED);
    assert.ok(!station.committed);
  });

  test('comes again when it has ended: the outcome is told again, also after a restart', () => {
    const station = connected();
    station.command('ClearCache', {}, { ...KEYED, reply: 'r1' });
    station.result('key', { status: 'Rejected' });
    station.crash();
    station.connect(station.connection, true);
    station.command('ClearCache', {}, { ...KEYED, reply: 'r2' });
    assert.deepEqual(station.outcomes[1], {
      reply: 'r2',
      outcome: { status: 'result', payload: { status: 'Rejected' } },
    });
    assert.equal(station.told.at(-1)?.word, 'taken');
    assert.deepEqual(sent(station), ['key']);
    assert.deepEqual(eventsOf(station), ['key command.completed result'], 'it ended once');
  });

  test('also when it ended as offline, as durable, or for nobody', () => {
    const station = new TestStation();
    station.command('ClearCache', {}, { ...KEYED, reply: 'r1' });
    station.connect();
    station.enqueue('ClearCache', {}, { ...KEYED, reply: '' });
    station.command('ClearCache', {}, { ...KEYED, reply: 'r2' });
    assert.deepEqual(replies(station), ['r1 offline', 'r2 offline']);
    assert.deepEqual(sent(station), []);
  });

  test('another command under the id is refused, whatever has become of the first', () => {
    const station = connected();
    const refusal = (action: string, payload: object, more = {}) => {
      const outcome = station.command(action, payload, { ...KEYED, reply: 'other', ...more });
      assert.ok(outcome?.status === 'refused' && outcome.reason === 'id_taken', JSON.stringify(outcome));
    };
    const other = [
      ['Reset', { type: 'Soft' }],
      ['DataTransfer', { vendorId: 'w' }],
    ] as const;
    station.command('ClearCache', {}, { id: 'first' });
    station.command('DataTransfer', { vendorId: 'v' }, KEYED);
    for (const [action, payload] of other) refusal(action, payload);
    refusal('DataTransfer', { vendorId: 'v' }, { terms: 'neutral' });
    refusal('DataTransfer', { vendorId: 'v' }, { keyed: false });
    station.result('first', ACCEPTED);
    for (const [action, payload] of other) refusal(action, payload);
    station.result('key', ACCEPTED);
    for (const [action, payload] of other) refusal(action, payload);
    station.command('DataTransfer', { vendorId: 'v' }, { ...KEYED, reply: 'again' });
    assert.equal(replies(station).at(-1), 'again result', 'the first is known all the while');
    assert.deepEqual(sent(station), ['first', 'key']);
  });

  test('an id that the gateway chose is taken for callers', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'key' });
    const outcome = station.command('ClearCache', {}, { ...KEYED, reply: 'r' });
    assert.ok(outcome?.status === 'refused' && outcome.reason === 'id_taken');
  });

  test('is the same however its payload is written', () => {
    const station = connected();
    station.command('Reset', JSON.parse('{"type":"Soft"}'), KEYED);
    station.command('Reset', JSON.parse('{ "type" : "\\u0053oft" }'), KEYED);
    assert.equal(station.told.at(-1)?.word, 'taken');
  });
});

describe('a command that was not taken', () => {
  test('is refused again in the same words, for a while', () => {
    const station = booted('2.0.1', 'Pending');
    const first = station.command('ClearCache', {}, KEYED);
    assert.ok(first?.status === 'refused' && first.reason === 'not_now');
    station.crash();
    station.connect(station.connection, true);
    assert.deepEqual(station.command('ClearCache', {}, KEYED), first);
    assert.ok(!station.committed);
  });

  test('leaves its id to a better one', () => {
    const station = connected('2.0.1');
    assert.equal(station.command('Reset', { type: 'Now' }, KEYED)?.status, 'refused');
    assert.equal(station.command('Reset', { type: 'OnIdle' }, KEYED), undefined);
    assert.deepEqual(sent(station), ['key']);
    assert.deepEqual(statuses(station), ['key refused']);
  });
});

describe('what is remembered', () => {
  /** `count` keyed commands that ended with `size` characters of data. */
  function ended(count: number, size = 10): TestStation {
    const station = connected('2.0.1');
    for (let n = 0; n < count; n++) {
      station.command('DataTransfer', { vendorId: 'v' }, { id: `k${n}`, keyed: true });
      station.result(`k${n}`, { status: 'Accepted', data: 'x'.repeat(size) });
    }
    return station;
  }
  const again = (station: TestStation, id: string) =>
    station.command('DataTransfer', { vendorId: 'v' }, { id, keyed: true, reply: 'again' });
  const isForgotten = (station: TestStation, id: string) =>
    /"error".*not kept any more/.test(JSON.stringify(again(station, id)));

  test('of the last outcomes only; an older one is said to be there no more, and is not sent again', () => {
    const station = ended(LIMITS.keptOutcomes + 2);
    assert.ok(isForgotten(station, 'k1'));
    assert.equal(again(station, 'k2')?.status, 'result');
    assert.equal(sent(station).length, LIMITS.keptOutcomes + 2);
  });

  test('of large ones, fewer', () => {
    const station = ended(4, LIMITS.outcomeCharacters / 3);
    assert.ok(isForgotten(station, 'k1'));
    assert.equal(again(station, 'k2')?.status, 'result');
    assert.ok(isForgotten(ended(1, LIMITS.outcomeCharacters), 'k0'));
  });

  test('for a time', () => {
    const station = ended(1);
    station.pass(LIMITS.outcomeAgeMs - 1);
    assert.equal(again(station, 'k0')?.status, 'result');
    station.pass(1);
    assert.ok(isForgotten(station, 'k0'));
  });

  test('a bounded part of the record, whatever ends', () => {
    const station = ended(100, 500);
    assert.ok(station.state.endedCommands.length < 24_000, `${station.state.endedCommands.length}`);
    const plain = connected();
    for (let n = 0; n < 100; n++) {
      plain.command('ClearCache', {}, { id: `AAAAAAAAAAA-${n}` });
      plain.result(`AAAAAAAAAAA-${n}`, ACCEPTED);
    }
    assert.ok(plain.state.endedCommands.length < 3_300, `${plain.state.endedCommands.length}`);
  });

  test('large outcomes for no longer than they are told, also when no other command ends', () => {
    for (const isRestarted of [false, true]) {
      const station = ended(1, LIMITS.outcomeCharacters / 2);
      station.disconnect();
      if (isRestarted) station.crash();
      assert.ok(!station.mayPassivate, 'somebody has to wake it');
      station.pass(LIMITS.outcomeAgeMs);
      assert.ok(station.committed && station.state.endedCommands.length < 100);
      assert.ok(station.mayPassivate);
      assert.ok(isForgotten(station, 'k0'));
    }
    const small = ended(1);
    small.disconnect();
    assert.ok(small.mayPassivate, 'small ones are not worth to be woken for');
  });

  test('past the last ones an id is free', () => {
    const station = ended(LIMITS.endedCommands + 1);
    assert.equal(again(station, 'k0'), undefined);
    assert.equal(sent(station).at(-1), 'k0');
  });
});
