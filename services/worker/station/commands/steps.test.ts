import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '../limits.js';
import { boot, booted, calls, connected, eventsOf, sent, statuses } from '../commands.fixture.js';
import { configWith, connectionOf, TestStation } from '../station.fixture.js';

/** Commands in OCPP 2.1's terms: as many CALLs as the station's version takes, one outcome. */

const ACCEPTED = { status: 'Accepted' };
const NEUTRAL = { id: 'k', terms: 'neutral' } as const;

const variable = (name: string, attributeValue: string) => ({
  component: { name: 'OCPPCommCtrlr' },
  variable: { name },
  attributeValue,
});
/** Two of which 1.6 has a key each. */
const SET_TWO = {
  setVariableData: [variable('HeartbeatInterval', '77'), variable('WebSocketPingInterval', '5')],
};
const CHANGES = [
  ['k', 'ChangeConfiguration', { key: 'HeartbeatInterval', value: '77' }],
  ['k.1', 'ChangeConfiguration', { key: 'WebSocketPingInterval', value: '5' }],
];

describe('a neutral command', () => {
  test('is sent to a 2.1 station as it is', () => {
    const station = connected('2.1');
    station.command('SetVariables', SET_TWO, NEUTRAL);
    assert.deepEqual(calls(station), [['k', 'SetVariables', SET_TWO]]);
    const setVariableResult = SET_TWO.setVariableData.map(({ component, variable: of }) => ({
      component,
      variable: of,
      attributeStatus: 'Accepted',
    }));
    station.result('k', { setVariableResult });
    assert.deepEqual(station.outcomes[0]?.outcome, { status: 'result', payload: { setVariableResult } });
  });

  test('takes several CALLs of a 1.6 station, one after the other, and ends once', () => {
    const station = connected('1.6');
    station.command('SetVariables', SET_TWO, NEUTRAL);
    station.command('ClearCache', {}, { id: 'after' });
    assert.deepEqual(calls(station), CHANGES.slice(0, 1));
    station.result('k', ACCEPTED);
    assert.deepEqual(calls(station), CHANGES, 'the next command waits for all of it');
    assert.deepEqual(statuses(station), []);
    station.result('k.1', { status: 'RebootRequired' });
    const outcome = station.outcomes[0]?.outcome;
    assert.ok(outcome?.status === 'result');
    const { setVariableResult } = outcome.payload as { setVariableResult: { attributeStatus: string }[] };
    assert.deepEqual(
      setVariableResult.map(({ attributeStatus }) => attributeStatus),
      ['Accepted', 'RebootRequired'],
    );
    assert.deepEqual(eventsOf(station), ['k command.completed result']);
    assert.equal(sent(station).at(-1), 'after');
  });

  test('goes on after a restart where it was', () => {
    const station = connected('1.6');
    station.command('SetVariables', SET_TWO, NEUTRAL);
    station.result('k', ACCEPTED);
    station.crash();
    station.connect(station.connection, true);
    station.result('k', ACCEPTED);
    assert.deepEqual(station.counts, ['unknown_result'], 'the answer of a CALL that is done');
    station.result('k.1', ACCEPTED);
    assert.deepEqual(calls(station), [...CHANGES, CHANGES[1]]);
    assert.deepEqual(statuses(station), ['k result']);
  });

  test('each CALL has the whole time to be answered', () => {
    const station = connected('1.6');
    station.command('SetVariables', SET_TWO, { ...NEUTRAL, timeoutMs: 5_000 });
    station.pass(4_000);
    station.result('k', ACCEPTED);
    station.pass(4_999);
    assert.deepEqual(statuses(station), []);
    station.pass(1);
    assert.deepEqual(statuses(station), ['k timeout']);
    assert.match(
      JSON.stringify(station.outcomes),
      /did not answer within 5000 ms; the station had answered ChangeConfiguration \(result\) of the same/,
    );
  });

  test('says what had been done when the connection goes in the middle', () => {
    const station = connected('1.6');
    station.command('SetVariables', SET_TWO, NEUTRAL);
    station.result('k', ACCEPTED);
    station.disconnect();
    assert.deepEqual(statuses(station), ['k offline']);
    assert.match(
      JSON.stringify(station.outcomes),
      /may have carried it out; the station had answered Change/,
    );
  });

  test('a durable one goes on with the CALL that was not answered; with another version, anew', () => {
    const station = connected('1.6');
    station.enqueue('SetVariables', SET_TWO, NEUTRAL);
    station.result('k', ACCEPTED);
    station.disconnect();
    station.crash();
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(calls(station), [...CHANGES, CHANGES[1]]);
    station.connect(connectionOf('2.1', 'c3'));
    assert.deepEqual(calls(station).at(-1), ['k', 'SetVariables', SET_TWO]);
    station.connect(connectionOf('1.6', 'c4'));
    station.result('k', ACCEPTED);
    station.connect(connectionOf('1.6', 'c5'));
    station.result('k.1', { status: 'Rejected' });
    assert.match(JSON.stringify(station.outcomes), /"result".*"Accepted".*"Rejected"/);
  });

  test('a durable one whose station comes with another version each time: there is an end', () => {
    const station = connected('1.6');
    station.enqueue('ClearCache', {}, NEUTRAL);
    for (let n = 2; n < 50; n++) station.connect(connectionOf(n % 2 === 0 ? '2.0.1' : '1.6', `c${n}`));
    assert.equal(sent(station).length, LIMITS.sendings);
    assert.deepEqual(statuses(station), ['k offline']);
  });

  test('whose next CALL may not be sent any more ends, and says what had been done', () => {
    const station = new TestStation('1.6', configWith(['BootNotification']));
    station.connect();
    station.enqueue('SetVariables', SET_TWO, NEUTRAL);
    boot(station, 'Rejected');
    station.result('k', ACCEPTED);
    assert.deepEqual(calls(station), CHANGES.slice(0, 1));
    // Not refused: that says that nothing was sent.
    assert.deepEqual(statuses(station), ['k error']);
    assert.match(JSON.stringify(station.outcomes), /Security.*Rejected.*ChangeConfiguration \(result\)/);
  });

  test("a station's CALLERROR, or a result that breaks the schema, is part of the outcome or is it", () => {
    for (const answer of ['error', 'invalid']) {
      const station = connected('1.6');
      station.command('ClearCache', {}, NEUTRAL);
      const { connection } = station;
      const failure = {
        type: 'failure',
        id: 'k',
        code: 'GenericError',
        description: 'no',
        details: {},
      } as const;
      if (answer === 'error') station.tell({ ...failure, connection });
      else station.result('k', { status: 'Perhaps' });
      assert.deepEqual(statuses(station), ['k error']);
    }
  });

  test('what the version cannot do is refused at once, when it is known', () => {
    const station = connected('1.6');
    const outcome = station.command('SetDisplayMessage', displayMessage(), NEUTRAL);
    assert.ok(outcome?.status === 'refused' && outcome.reason === 'invalid', JSON.stringify(outcome));
    station.disconnect();
    const waiting = station.enqueue('SetDisplayMessage', displayMessage(), { ...NEUTRAL, id: 'd' });
    assert.ok(waiting?.status === 'refused' && waiting.description.length > 10);
    assert.deepEqual(sent(station), []);
  });

  test('or when it is known at last', () => {
    const station = new TestStation('1.6');
    station.enqueue('SetDisplayMessage', displayMessage(), NEUTRAL);
    station.enqueue('ClearCache', {}, { ...NEUTRAL, id: 'next' });
    station.connect();
    assert.deepEqual(statuses(station), ['k refused']);
    assert.deepEqual(sent(station), ['next']);
  });

  test('passes the gate by what the station is sent', () => {
    const station = booted('1.6', 'Pending');
    const start = { remoteStartId: 7, idToken: { idToken: 'A', type: 'ISO14443' }, evseId: 1 };
    const outcome = station.command('RequestStartTransaction', start, NEUTRAL);
    assert.ok(outcome?.status === 'refused' && outcome.reason === 'not_now');
    station.enqueue('RequestStartTransaction', start, { ...NEUTRAL, id: 'waits' });
    assert.deepEqual(sent(station), []);
    boot(station, 'Accepted');
    assert.deepEqual(sent(station), ['waits']);
  });

  test('ids of further CALLs fit, however long the id', () => {
    const station = connected('1.6');
    const id = 'x'.repeat(36);
    station.command('SetVariables', SET_TWO, { ...NEUTRAL, id });
    station.result(id, ACCEPTED);
    const [, second = ''] = sent(station);
    assert.match(second, /^x+\.[0-9a-z]+\.1$/);
    assert.ok(second.length <= LIMITS.callIdLength);
  });

  test('ids of further CALLs are of their command, however much ids are alike', () => {
    const station = connected('1.6');
    const ids = Array.from({ length: 100 }, (_, n) => `${n}`.padStart(36, '0'));
    for (const id of ids) {
      station.command('SetVariables', SET_TWO, { ...NEUTRAL, id, timeoutMs: 1_000 });
      station.result(id, ACCEPTED);
      station.pass(1_000);
    }
    assert.equal(new Set(sent(station)).size, 2 * ids.length);
  });

  test('of many CALLs has one outcome; each CALL has an id of its own', () => {
    const station = connected('1.6');
    const setVariableData = Array.from({ length: 50 }, (_, n) => variable('HeartbeatInterval', `${n}`));
    const id = 'y'.repeat(36);
    station.command('SetVariables', { setVariableData }, { ...NEUTRAL, id });
    while (station.outcomes.length === 0) station.result(sent(station).at(-1) ?? '', ACCEPTED);
    assert.equal(new Set(sent(station)).size, 50);
    assert.ok(sent(station).every(({ length }) => length <= LIMITS.callIdLength));
    assert.deepEqual(statuses(station), [`${id} result`]);
  });
});

const displayMessage = () => ({
  message: { id: 1, priority: 'AlwaysFront', message: { format: 'UTF8', content: 'x' } },
});

describe('a remote start of a 1.6 station', () => {
  const start = (remoteStartId: number, more = {}) => ({
    remoteStartId,
    idToken: { idToken: 'TAG', type: 'ISO14443' },
    ...more,
  });
  function started(connectorId: number, idTag = 'tag'): (station: TestStation) => number | undefined {
    return (station) => {
      station.call('1.6', 'StartTransaction', {
        connectorId,
        idTag,
        meterStart: 0,
        timestamp: new Date(station.now++).toISOString(),
      });
      return station.lastEvent('transaction.started').data.remoteStartId;
    };
  }
  function accepted(...requests: object[]): TestStation {
    const station = connected('1.6');
    for (const [n, request] of requests.entries()) {
      station.command('RequestStartTransaction', request, { ...NEUTRAL, id: `k${n}` });
      station.result(`k${n}`, ACCEPTED);
      assert.equal(station.outcomes[n]?.outcome.status, 'result');
    }
    return station;
  }

  test('its id comes with the transaction that it began, once, also after a restart', () => {
    const station = accepted(start(41));
    station.crash();
    station.connect(station.connection, true);
    assert.equal(started(1, 'other')(station), undefined);
    assert.equal(started(1)(station), 41);
    assert.equal(started(2)(station), undefined);
  });

  test('two of one token are told apart by their connectors', () => {
    const station = accepted(start(41, { evseId: 1 }), start(42, { evseId: 2 }));
    assert.equal(started(3)(station), undefined);
    assert.equal(started(2)(station), 42);
    assert.equal(started(1)(station), 41);
  });

  test('is forgotten in time, and when there are many', () => {
    const late = accepted(start(41));
    late.pass(LIMITS.remoteStartMs);
    assert.equal(started(1)(late), undefined);
    const many = accepted(...Array.from({ length: LIMITS.remoteStarts + 1 }, (_, n) => start(n)));
    assert.equal(many.state.remoteStarts.length, LIMITS.remoteStarts);
    assert.equal(started(1)(many), 1);
  });

  test('one that was not accepted begins nothing', () => {
    const station = connected('1.6');
    station.command('RequestStartTransaction', start(41), NEUTRAL);
    station.result('k', { status: 'Rejected' });
    assert.equal(started(1)(station), undefined);
  });

  test('the transaction may be there before the answer, which begins no second one', () => {
    const station = connected('1.6');
    station.command('RequestStartTransaction', start(41), NEUTRAL);
    station.crash();
    station.connect(station.connection, true);
    assert.equal(started(1)(station), 41);
    station.result('k', ACCEPTED);
    assert.equal(started(2)(station), undefined);
  });

  test('and the answer may be lost: sent again it begins one', () => {
    const station = connected('1.6');
    station.enqueue('RequestStartTransaction', start(41), NEUTRAL);
    station.connect(connectionOf('1.6', 'c2'));
    assert.equal(started(1)(station), 41);
    assert.equal(started(2)(station), undefined);
  });
});

describe('jobs', () => {
  const report = { requestId: 5, reportBase: 'FullInventory' };
  const job = (station: TestStation) =>
    station.ask({ kind: 'query', about: 'job', commandId: 'k' }) as { state: string; cursor: number } | null;
  const part = (station: TestStation, seqNo: number, tbc: boolean) =>
    station.call('2.0.1', 'NotifyReport', {
      requestId: 5,
      generatedAt: '2026-11-21T10:00:00Z',
      seqNo,
      tbc,
    });

  test('a command begins one, with the cursor that it came with; its parts end it', () => {
    const station = connected('2.0.1');
    station.enqueue('GetBaseReport', report, { id: 'k', cursor: 77 });
    assert.equal(job(station), null);
    station.result('k', ACCEPTED);
    station.crash();
    station.connect(station.connection, true);
    part(station, 0, true);
    assert.deepEqual([job(station)?.state, job(station)?.cursor], ['running', 77]);
    part(station, 1, false);
    assert.equal(station.lastEvent('job.completed').data.parts, 2);
    assert.equal(job(station)?.state, 'completed');
  });

  test('one whose station says nothing more ends by itself; until then the actor stays', () => {
    const station = connected('2.0.1');
    station.command('GetBaseReport', report, { id: 'k' });
    station.result('k', ACCEPTED);
    station.disconnect();
    assert.ok(!station.mayPassivate);
    station.pass(86_400_000);
    assert.equal(job(station)?.state, 'inactive');
    assert.ok(station.mayPassivate);
  });

  test('a command that is not answered begins none', () => {
    const station = connected('2.0.1');
    station.command('GetBaseReport', report, { id: 'k', timeoutMs: 1_000 });
    station.pass(1_000);
    assert.equal(job(station), null);
    assert.deepEqual(station.state.jobs, []);
  });
});
