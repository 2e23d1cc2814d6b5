import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StationEvent } from '../../libs/api/mod.js';
import type { StationRecord } from '../driven/records.js';
import type { LoggedEvent } from '../topology/topology.js';
import type { IssuedCommand, Told } from './business.js';
import { checkCommands, tallyOf } from './command-check.js';

// Who guards the guard: each way in which a command may end wrongly must be found.

const RESULT: Told = { status: 'result', payload: { status: 'Accepted', data: 'c-1' } };

function issued(told: readonly Told[], sent = 1): IssuedCommand {
  return { commandId: 'c-1', stationId: 'CS-1', at: 0, sent, told: [...told] };
}

function station(stationId: string, times: number): StationRecord {
  const command = { id: 'c-1', action: 'DataTransfer', payload: { messageId: 'c-1' } };
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
  checkCommands([command], stations, []).join();

test('a command that the station carried out once, and whose caller was told the result, is well', () => {
  assert.equal(wrong(issued([RESULT]), station('CS-1', 1)), '');
});

test('what was not carried out may be refused; what perhaps was may time out or go offline', () => {
  for (const status of ['refused', 'expired']) {
    assert.equal(wrong(issued([{ status }]), station('CS-1', 0)), '');
  }
  for (const status of ['timeout', 'offline']) {
    for (const times of [0, 1]) assert.equal(wrong(issued([{ status }]), station('CS-1', times)), '');
  }
});

test('a caller that was told nothing is found', () => {
  assert.match(wrong(issued([]), station('CS-1', 0)), /told nothing$/);
  assert.match(wrong(issued([]), station('CS-1', 1)), /told nothing, though the station carried it out/);
});

test('what a caller is told again must be the same', () => {
  assert.equal(wrong(issued([RESULT, RESULT, RESULT], 3), station('CS-1', 1)), '');
  assert.match(wrong(issued([RESULT, { status: 'offline' }]), station('CS-1', 1)), /told different things/);
});

test('a command that was refused and carried out is found', () => {
  for (const status of ['refused', 'expired', 'superseded']) {
    assert.match(wrong(issued([{ status }]), station('CS-1', 1)), /but the station carried it out/);
  }
});

test('a result that no station gave, and one of another command, are found', () => {
  assert.match(wrong(issued([RESULT]), station('CS-1', 0)), /the station never got it/);
  const other: Told = { status: 'result', payload: { status: 'Accepted', data: 'c-2' } };
  assert.match(wrong(issued([other]), station('CS-1', 1)), /another's result/);
});

test('a command that is carried out twice, or by another station, is found', () => {
  assert.match(wrong(issued([RESULT]), station('CS-1', 2)), /carried it out 2 times/);
  assert.match(wrong(issued([RESULT]), station('CS-2', 1)), /it went to CS-2/);
});

test('an outcome other than the one in the event log is found', () => {
  const taken = [station('CS-1', 1)];
  assert.deepEqual(checkCommands([issued([RESULT])], taken, log('result')), []);
  assert.match(
    checkCommands([issued([RESULT])], taken, log('offline')).join(),
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
  assert.match(checkCommands([], [one], log('result')).join(), /c-2 came while c-1 was not answered/);
  assert.deepEqual(checkCommands([], [one], log('timeout')), []);
});

test('outcomes that no station of the suite causes are found', () => {
  assert.match(wrong(issued([{ status: 'error' }]), station('CS-1', 1)), /no station answers so/);
  assert.match(wrong(issued([{ status: 'lost' }]), station('CS-1', 0)), /unknown outcome lost/);
});

test('outcomes are counted', () => {
  const commands = [issued([RESULT]), issued([RESULT, RESULT], 2), issued([])];
  assert.deepEqual(tallyOf(commands), { issued: 3, told: { result: 2 }, repeated: 1, toldAgain: 1 });
});
