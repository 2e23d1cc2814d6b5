import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { actionsOf, VERSIONS } from '../../../../libs/ocpp/mod.js';
import { LIMITS } from '../limits.js';
import { connected, sent, statuses } from '../commands.fixture.js';
import { sampleOfAction } from '../samples.fixture.js';
import { TestStation } from '../station.fixture.js';

/** CONFORMANCE 2 and 5, DESIGN invariant 5. */

for (const version of VERSIONS) {
  describe(`commands to a ${version} station`, () => {
    for (const { name, sender, checkResponse } of actionsOf(version)) {
      if (sender === 'station') continue;
      test(`${name} is sent as it was given, and durable before it is`, () => {
        const station = connected(version);
        const payload = sampleOfAction(version, name, 'all');
        assert.equal(station.command(name, payload, { id: 'k1' }), undefined);
        assert.ok(station.committed);
        const [order] = station.orders();
        assert.deepEqual(JSON.parse(order?.frame ?? ''), [2, 'k1', name, payload]);
        assert.ok(checkResponse, 'and it will be answered');
      });
    }

    test("the station's own actions are refused, with what to do", () => {
      const station = connected(version);
      for (const { name, sender } of actionsOf(version)) {
        if (sender !== 'station') continue;
        const outcome = station.command(name, sampleOfAction(version, name));
        assert.ok(outcome?.status === 'refused' && outcome.description.startsWith(name), name);
      }
      assert.deepEqual(sent(station), []);
    });
  });
}

describe('a command that is not taken', () => {
  const refusal = (action: string, payload: unknown, options = {}) => {
    const station = connected('2.0.1');
    const outcome = station.command(action, payload, options);
    assert.deepEqual(sent(station), []);
    assert.equal(outcome?.status, 'refused');
    assert.ok(!station.typesOfEvents().includes('command.completed'), 'it never began');
    return outcome.status === 'refused' ? outcome.description : '';
  };

  test('names the field that breaks the schema', () => {
    assert.match(refusal('Reset', { type: 'Now' }), /^Reset: \/type: must be one of/);
    assert.match(refusal('Reset', {}), /\/type: is required/);
    assert.match(refusal('GetVariables', { getVariableData: [{ component: {} }] }), /\/getVariableData\/0/);
    assert.match(refusal('Reset', { type: 'OnIdle', more: 1 }), /\/more: is not a member/);
  });

  test('names an action that the version does not have', () => {
    assert.match(refusal('RemoteStartTransaction', {}), /OCPP 2\.0\.1.*RemoteStartTransaction/);
    assert.match(refusal('constructor', {}), /no action/);
  });

  test('when its payload is no object, or its id has no valid length', () => {
    for (const payload of [null, [], 'x', 7]) assert.match(refusal('ClearCache', payload), /JSON object/);
    assert.match(refusal('ClearCache', {}, { id: 'x'.repeat(37) }), /1 to 36/);
    for (const id of ['', 'a.b', 'a b', 'é']) assert.match(refusal('ClearCache', {}, { id }), /1 to 36/);
    for (const action of ['', 'x'.repeat(51), 'Clear.Cache']) assert.match(refusal(action, {}), /action/);
  });

  test('when its payload nests so deeply that no station could read it', () => {
    const nested = (depth: number) =>
      Object.freeze(JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown);
    assert.throws(() => JSON.stringify(nested(200_000)), RangeError);
    const payloadOf = (depth: number) => ({ vendorId: 'v', data: nested(depth) });
    assert.match(refusal('DataTransfer', payloadOf(511)), /nests deeper than 511/);
    assert.match(refusal('DataTransfer', payloadOf(200_000)), /nests deeper than 511/);
    assert.equal(connected('2.0.1').command('DataTransfer', payloadOf(510)), undefined);
  });

  test('when its CALL is larger than a bus takes, although the payload was not', () => {
    const numbers = Array.from({ length: 50_000 }, () => 1e20);
    assert.match(
      refusal('DataTransfer', { vendorId: 'v', data: numbers }),
      /DataTransfer: .*less than 1 MiB/,
    );
    const data = 'é'.repeat(LIMITS.commandBytes / 2 - 50);
    assert.equal(connected('2.0.1').command('DataTransfer', { vendorId: 'v', data }), undefined);
    assert.match(refusal('DataTransfer', { vendorId: 'v', data: `${data}${data}` }), /less than 1 MiB/);
  });

  test('when too many wait', () => {
    const station = connected();
    for (let n = 0; n <= LIMITS.queuedCommands; n++) {
      assert.equal(station.command('ClearCache', {}), undefined);
    }
    const outcome = station.command('ClearCache', {});
    assert.ok(outcome?.status === 'refused' && outcome.description.startsWith('16 commands wait'));
    assert.equal(sent(station).length, 1);
  });

  test('when too much waits', () => {
    const station = connected();
    const data = 'x'.repeat(LIMITS.queuedCharacters / 2 - 100);
    for (let n = 0; n < 3; n++) {
      assert.equal(station.command('DataTransfer', { vendorId: 'v', data }), undefined);
    }
    assert.equal(station.command('DataTransfer', { vendorId: 'v', data })?.status, 'refused');
  });
});

describe('one CALL at a time', () => {
  test('the next is sent when the one before has ended, in order', () => {
    const station = connected();
    for (const id of ['k1', 'k2', 'k3']) station.command('ClearCache', {}, { id });
    assert.deepEqual(sent(station), ['k1']);
    station.result('k1', { status: 'Accepted' });
    assert.deepEqual(sent(station), ['k1', 'k2']);
    station.tell({
      type: 'failure',
      connection: station.connection,
      id: 'k2',
      code: 'GenericError',
      description: 'no',
      details: { a: 1 },
    });
    assert.deepEqual(sent(station), ['k1', 'k2', 'k3']);
    assert.deepEqual(
      station.outcomes.map(({ outcome }) => outcome),
      [
        { status: 'result', payload: { status: 'Accepted' } },
        { status: 'error', code: 'GenericError', description: 'no', details: { a: 1 } },
      ],
    );
  });

  test("the station's own CALLs are answered meanwhile", () => {
    const station = connected();
    station.command('ClearCache', {});
    station.call('1.6', 'Heartbeat', {});
    assert.ok(station.payload.currentTime);
  });

  test('the result is acknowledged to the edge, in the same turn as the caller is answered', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1' });
    const effects = station.result('k1', { status: 'Accepted' });
    assert.ok(station.committed);
    assert.deepEqual(
      effects.map(({ type }) => type),
      ['received', 'event', 'answer', 'ended'],
    );
    assert.deepEqual(station.lastEvent('command.completed').data, {
      commandId: 'k1',
      action: 'ClearCache',
      outcome: 'result',
      status: 'Accepted',
    });
  });

  test('the same command twice is sent once and answered once', () => {
    const station = connected();
    for (let n = 0; n < 2; n++) {
      station.command('ClearCache', {}, { id: 'k1' });
      station.command('ClearCache', {}, { id: 'k2' });
    }
    station.result('k1', { status: 'Accepted' });
    station.command('ClearCache', {}, { id: 'k1' });
    station.result('k2', { status: 'Accepted' });
    assert.deepEqual(sent(station), ['k1', 'k2']);
    assert.deepEqual(statuses(station), ['k1 result', 'k2 result']);
  });
});

describe('a command that was handed over', () => {
  const accepted = (station: TestStation) =>
    station.last.flatMap((effect) => (effect.type === 'tell' && effect.word === 'taken' ? [effect.to] : []));

  test('who handed it over is told when it is durable, and again when it comes again', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1', dispatcher: 'f.k1' });
    assert.deepEqual(accepted(station), ['f.k1']);
    assert.ok(station.committed);
    station.command('ClearCache', {}, { id: 'k1', dispatcher: 'f.k1' });
    assert.deepEqual(accepted(station), ['f.k1']);
    station.result('k1', { status: 'Accepted' });
    station.command('ClearCache', {}, { id: 'k1', dispatcher: 'f.k1' });
    assert.deepEqual(accepted(station), ['f.k1']);
    assert.deepEqual(sent(station), ['k1']);
    assert.deepEqual(statuses(station), ['k1 result']);
  });

  test('also when the actor was loaded anew meanwhile', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1', dispatcher: 'f.k1' });
    station.result('k1', { status: 'Accepted' });
    station.crash();
    station.connect(station.connection, true);
    station.command('ClearCache', {}, { id: 'k1', dispatcher: 'f.k1' });
    assert.deepEqual(accepted(station), ['f.k1']);
    assert.deepEqual(sent(station), ['k1']);
  });

  test('one that was not taken does not begin by its second copy', () => {
    const station = new TestStation();
    station.command('ClearCache', {}, { id: 'k1', dispatcher: 'f.k1' });
    station.connect();
    station.command('Reset', { type: 'Now' }, { id: 'k2', dispatcher: 'f.k2' });
    station.command('ClearCache', {}, { id: 'k1', dispatcher: 'f.k1' });
    assert.deepEqual(accepted(station), ['f.k1']);
    station.command('Reset', { type: 'Now' }, { id: 'k2', dispatcher: 'f.k2' });
    assert.deepEqual(sent(station), []);
    assert.deepEqual(statuses(station), ['k1 offline', 'k2 refused', 'k2 refused']);
    assert.deepEqual(station.outcomes[2]?.outcome, station.outcomes[1]?.outcome, 'in the same words');
  });

  test('is known although others have ended since', () => {
    const station = connected();
    const ids = Array.from({ length: LIMITS.endedCommands }, (_, n) => `k${n}`);
    for (const id of ids) {
      station.command('ClearCache', {}, { id });
      station.result(id, { status: 'Accepted' });
    }
    for (const id of ids) station.command('ClearCache', {}, { id });
    assert.deepEqual(sent(station), ids);
  });
});

test('a command is known although as many have ended since as several processes have on their way', () => {
  const station = connected();
  const ids = Array.from({ length: 64 }, (_, n) => `k${n}`);
  for (const id of ids) {
    station.command('ClearCache', {}, { id });
    station.result(id, { status: 'Accepted' });
  }
  for (const id of ids) station.command('ClearCache', {}, { id });
  assert.deepEqual(sent(station), ids);
});

describe('a result that breaks its schema', () => {
  test('is an error for the caller, which names the field', () => {
    const station = connected('2.0.1');
    station.command('Reset', { type: 'Immediate' }, { id: 'k1' });
    station.result('k1', { status: 'Perhaps' });
    const [{ outcome } = assert.fail()] = station.outcomes;
    assert.ok(outcome.status === 'error');
    assert.equal(outcome.code, 'PropertyConstraintViolation');
    assert.match(outcome.description, /Reset: \/status/);
    assert.deepEqual(station.counts, ['invalid_result']);
  });

  test('its structure: FormationViolation in 1.6, FormatViolation in 2.x', () => {
    for (const [version, code] of [
      ['1.6', 'FormationViolation'],
      ['2.0.1', 'FormatViolation'],
      ['2.1', 'FormatViolation'],
    ] as const) {
      const station = connected(version);
      station.command('ClearCache', {}, { id: 'k1' });
      station.result('k1', ['Accepted']);
      const outcome = station.outcomes[0]?.outcome;
      assert.equal(outcome?.status === 'error' && outcome.code, code);
    }
  });

  test('2.1 tells the station by a CALLRESULTERROR, the others do not', () => {
    for (const version of VERSIONS) {
      const station = connected(version);
      station.command('ClearCache', {}, { id: 'k1' });
      const received = station.result('k1', { status: [] }).find(({ type }) => type === 'received');
      assert.ok(received?.type === 'received');
      if (version !== '2.1') assert.equal(received.error, undefined);
      else {
        assert.deepEqual((JSON.parse(received.error ?? '') as unknown[]).slice(0, 3), [
          5,
          'k1',
          'TypeConstraintViolation',
        ]);
      }
    }
  });

  test('lets the next command go', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1' });
    station.command('ClearCache', {}, { id: 'k2' });
    station.result('k1', null);
    assert.deepEqual(sent(station), ['k1', 'k2']);
  });
});

describe('time', () => {
  test('an unanswered command times out after its own time, and the next is sent', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1', timeoutMs: 5_000 });
    station.command('ClearCache', {}, { id: 'k2', timeoutMs: 60_000 });
    station.pass(4_999);
    assert.deepEqual(statuses(station), []);
    station.pass(1);
    assert.deepEqual(statuses(station), ['k1 timeout']);
    assert.deepEqual(sent(station), ['k1', 'k2']);
  });

  test('the time of a command runs anew when it is sent', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1', timeoutMs: 5_000 });
    station.command('ClearCache', {}, { id: 'k2', timeoutMs: 8_000 });
    station.pass(5_000 + 7_999);
    assert.deepEqual(statuses(station), ['k1 timeout']);
    station.pass(1);
    assert.deepEqual(statuses(station), ['k1 timeout', 'k2 timeout']);
  });

  test('one that waits longer than its time expires unsent', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1', timeoutMs: 30_000 });
    station.command('ClearCache', {}, { id: 'k2', timeoutMs: 1_000 });
    station.pass(1_000);
    assert.deepEqual(statuses(station), ['k2 expired']);
    station.result('k1', { status: 'Accepted' });
    assert.deepEqual(sent(station), ['k1']);
  });

  test('a late result is counted, acknowledged and discarded', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1', timeoutMs: 1_000 });
    station.pass(1_000);
    const effects = station.result('k1', { status: 'Accepted' });
    assert.deepEqual(
      effects.map((effect) => (effect.type === 'count' ? effect.counter : effect.type)),
      ['late_result', 'received'],
    );
    assert.deepEqual(statuses(station), ['k1 timeout']);
  });

  test('an unknown result too, also one of a command that waits', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1' });
    station.command('ClearCache', {}, { id: 'k2' });
    for (const id of ['nobody', 'k2', '']) {
      station.result(id, { status: 'Accepted' });
      assert.deepEqual(station.counts, ['unknown_result']);
    }
    assert.deepEqual(statuses(station), []);
  });

  test('an absurd time is bounded', () => {
    for (const [timeoutMs, expected] of [
      [Infinity, LIMITS.commandTimeoutMs],
      [1e15, LIMITS.commandTimeoutMs],
      [-5, 1],
      [Number.NaN, 1],
    ] as const) {
      const station = connected();
      station.command('ClearCache', {}, { timeoutMs });
      assert.equal(station.wakeAt, station.now + expected);
    }
  });
});
