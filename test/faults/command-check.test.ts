import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StationEvent } from '../../libs/api/mod.js';
import type { StationRecord } from '../driven/records.js';
import type { LoggedEvent } from '../topology/topology.js';
import type { IssuedCommand, Told } from './business.js';
import { checkCommands, tallyOf } from './command-check.js';

// Who guards the guard: each way in which a command may end wrongly must be found.

const RESULT: Told = { status: 'result', payload: { status: 'Accepted', data: 'n-1' } };

function issued(told: readonly Told[], cutOff = false): IssuedCommand {
  return { nonce: 'n-1', stationId: 'CS-1', at: 0, told: [...told], cutOff };
}

function station(stationId: string, times: number): StationRecord {
  const command = { id: 'c-1', action: 'DataTransfer', payload: { messageId: 'n-1' } };
  const commands = Array.from({ length: times }, () => command);
  return { stationId, messages: [], strays: [], errors: [], commands };
}

/** The end of command c-1. */
function log(outcome: string): LoggedEvent[] {
  const event = { type: 'command.completed', data: { commandId: 'c-1', outcome } };
  const logged = { station: 'CS-1', incarnation: 1, number: 1, type: event.type };
  return [{ ...logged, event: event as unknown as StationEvent }];
}

const wrong = (command: IssuedCommand, ...stations: readonly StationRecord[]): string =>
  checkCommands([command], stations, [], {}).join();

test('a command that the station carried out once, and whose caller was told the result, is well', () => {
  assert.equal(wrong(issued([RESULT]), station('CS-1', 1)), '');
});

test('what was not carried out may be refused; what perhaps was may time out or go offline', () => {
  for (const status of ['refused', 'expired', 'nobody']) {
    assert.equal(wrong(issued([{ status }]), station('CS-1', 0)), '');
  }
  for (const status of ['timeout', 'offline']) {
    for (const times of [0, 1]) assert.equal(wrong(issued([{ status }]), station('CS-1', times)), '');
  }
});

test('a caller that was told nothing, or two things, is found', () => {
  assert.match(wrong(issued([]), station('CS-1', 0)), /told nothing$/);
  assert.match(wrong(issued([]), station('CS-1', 1)), /told nothing, though the station carried it out/);
  assert.match(wrong(issued([RESULT, RESULT]), station('CS-1', 1)), /more than once/);
  assert.match(wrong(issued([RESULT, { status: 'offline' }]), station('CS-1', 1)), /more than once/);
});

test('where a repeat is allowed, it must be the same', () => {
  const check = (...told: readonly Told[]) =>
    checkCommands([issued(told)], [station('CS-1', 1)], [], { mayRepeat: true });
  assert.deepEqual(check(RESULT, RESULT, RESULT), []);
  assert.match(check(RESULT, { status: 'offline' }).join(), /more than once/);
});

test('where a command may be lost, it must not have been carried out', () => {
  const check = (times: number) =>
    checkCommands([issued([])], [station('CS-1', times)], [], { mayLose: true }).join();
  assert.equal(check(0), '');
  assert.match(check(1), /told nothing, though the station carried it out/);
});

test('a caller that lost its own connection may be told nothing, but nothing wrong', () => {
  assert.equal(wrong(issued([], true), station('CS-1', 1)), '');
  assert.match(wrong(issued([{ status: 'refused' }], true), station('CS-1', 1)), /told 'refused'/);
});

test('a command that was refused and carried out is found', () => {
  for (const status of ['refused', 'expired', 'superseded', 'nobody']) {
    assert.match(wrong(issued([{ status }]), station('CS-1', 1)), /but the station carried it out/);
  }
});

test('a result that no station gave, and one of another command, are found', () => {
  assert.match(wrong(issued([RESULT]), station('CS-1', 0)), /the station never got it/);
  const other: Told = { status: 'result', payload: { status: 'Accepted', data: 'n-2' } };
  assert.match(wrong(issued([other]), station('CS-1', 1)), /another's result/);
});

test('a command that is carried out twice, or by another station, is found', () => {
  assert.match(wrong(issued([RESULT]), station('CS-1', 2)), /carried it out 2 times/);
  assert.match(wrong(issued([RESULT]), station('CS-2', 1)), /it went to CS-2/);
});

test('an outcome other than the one in the event log is found', () => {
  const taken = [station('CS-1', 1)];
  assert.deepEqual(checkCommands([issued([RESULT])], taken, log('result'), {}), []);
  assert.match(
    checkCommands([issued([RESULT])], taken, log('offline'), {}).join(),
    /the event log says 'offline'/,
  );
});

test('a command beside another one is found, unless the time of that one was up', () => {
  const command = { action: 'DataTransfer', payload: {} };
  const commands = [
    { ...command, id: 'c-1' },
    { ...command, id: 'c-2', beside: 'c-1' },
  ];
  const one: StationRecord = { ...station('CS-1', 0), commands };
  assert.match(checkCommands([], [one], log('result'), {}).join(), /c-2 came while c-1 was not answered/);
  assert.deepEqual(checkCommands([], [one], log('timeout'), {}), []);
});

test('outcomes that no station of the suite causes are found', () => {
  assert.match(wrong(issued([{ status: 'error' }]), station('CS-1', 1)), /no station answers so/);
  assert.match(wrong(issued([{ status: 'lost' }]), station('CS-1', 0)), /unknown outcome lost/);
});

test('outcomes are counted', () => {
  const commands = [issued([RESULT]), issued([RESULT, RESULT]), issued([]), issued([], true)];
  assert.deepEqual(tallyOf(commands), {
    issued: 4,
    told: { result: 2 },
    toldAgain: 1,
    cutOff: 1,
    unheard: 1,
  });
});
