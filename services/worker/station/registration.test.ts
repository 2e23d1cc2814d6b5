import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { actionsOf, VERSIONS, type Version } from '../../../libs/ocpp/mod.js';
import { BOOT, bootOf, sampleOfAction } from './samples.fixture.js';
import { codeOf, configWith, connectionOf, TestStation } from './station.fixture.js';

/** CONFORMANCE 3. */

/** A station that has booted, and was answered `status`. */
function registered(version: Version, status: 'Accepted' | 'Pending' | 'Rejected'): TestStation {
  const station = new TestStation(version, configWith(['BootNotification']));
  station.connect();
  station.callAny('BootNotification', BOOT[version]);
  station.decide({ status });
  assert.equal(station.state.registration, status);
  return station;
}

for (const version of VERSIONS) {
  describe(`registration of a ${version} station`, () => {
    test('a known station is accepted, with the interval of the heartbeat', () => {
      const station = new TestStation(version);
      station.connect();
      station.callAny('BootNotification', BOOT[version]);
      assert.deepEqual(station.payload, {
        status: 'Accepted',
        currentTime: '2026-11-21T10:00:00.000Z',
        interval: 300,
      });
      assert.equal(station.state.registration, 'Accepted');
      assert.ok(station.committed, 'durable before it is answered');
    });

    test('an unknown station is left pending, and told when to try again', () => {
      const station = new TestStation(version);
      station.connect(connectionOf(version, 'c1', { provisioned: false }));
      station.callAny('BootNotification', BOOT[version]);
      assert.deepEqual(station.payload, {
        status: 'Pending',
        currentTime: '2026-11-21T10:00:00.000Z',
        interval: 60,
      });
    });

    test('a business service decides; it may set the interval, but not the time', () => {
      const station = new TestStation(version, configWith(['BootNotification']));
      station.connect();
      station.callAny('BootNotification', BOOT[version]);
      assert.equal(station.answer, undefined);
      station.decide({ status: 'Rejected', interval: 7, currentTime: '1999-01-01T00:00:00Z' });
      assert.deepEqual(station.payload, {
        status: 'Rejected',
        interval: 7,
        currentTime: '2026-11-21T10:00:00.000Z',
      });
    });

    test('before any boot every CALL is served: a reconnect without one is normal', () => {
      const station = new TestStation(version);
      station.connect();
      station.callAny('Heartbeat', {});
      assert.ok(station.payload.currentTime);
      station.callAny('MeterValues', sampleOfAction(version, 'MeterValues'));
      assert.deepEqual(station.payload, {});
      assert.equal(station.command('ClearCache', {}), undefined);
      assert.equal(station.orders().length, 1);
    });

    for (const status of ['Pending', 'Rejected'] as const) {
      test(`${status}: every CALL but BootNotification gets a SecurityError, and is no fact`, () => {
        const station = registered(version, status);
        const events = station.events.length;
        for (const { name, sender, kind } of actionsOf(version)) {
          if (sender === 'csms' || name === 'BootNotification') continue;
          const answer = station.callAny(name, sampleOfAction(version, name));
          if (kind === 'call') assert.equal(codeOf(answer), 'SecurityError', name);
          else assert.equal(answer, undefined);
          assert.deepEqual(station.counts, ['refused_before_acceptance']);
        }
        assert.equal(station.events.length, events);
        station.callAny('BootNotification', bootOf(version, 2));
        station.decide({ status: 'Accepted' });
        assert.equal(station.payload.status, 'Accepted');
      });
    }

    test('Rejected: no command is sent', () => {
      const station = registered(version, 'Rejected');
      for (const { name, sender } of actionsOf(version)) {
        if (sender === 'station') continue;
        const outcome = station.command(name, sampleOfAction(version, name));
        assert.equal(outcome?.status, 'refused', name);
      }
      assert.deepEqual(station.orders(), []);
    });

    test('the registration outlives the connection and the process', () => {
      const station = registered(version, 'Pending');
      station.disconnect();
      station.crash();
      station.connect(connectionOf(version, 'c2'));
      assert.equal(codeOf(station.callAny('Heartbeat', {})), 'SecurityError');
      station.callAny('BootNotification', BOOT[version]);
      station.decide({ status: 'Accepted' });
      station.crash();
      station.connect(connectionOf(version, 'c3'));
      station.callAny('Heartbeat', {});
      assert.ok(station.payload.currentTime);
    });

    test('an accepted station may be pending again after its next boot', () => {
      const station = registered(version, 'Accepted');
      station.callAny('BootNotification', bootOf(version, 2));
      station.decide({ status: 'Pending' });
      assert.equal(codeOf(station.callAny('Heartbeat', {})), 'SecurityError');
    });
  });
}

describe('commands to a pending station', () => {
  const ALLOWED_2X = ['SetVariables', 'GetVariables', 'GetBaseReport', 'GetReport', 'TriggerMessage'];
  const FORBIDDEN_16 = ['RemoteStartTransaction', 'RemoteStopTransaction'];

  for (const version of VERSIONS) {
    test(`${version}: ${version === '1.6' ? 'all but the remote start and stop (4.2)' : 'the five of B02.FR.01'}`, () => {
      for (const { name, sender } of actionsOf(version)) {
        if (sender === 'station') continue;
        const station = registered(version, 'Pending');
        const outcome = station.command(name, sampleOfAction(version, name));
        const allowed = version === '1.6' ? !FORBIDDEN_16.includes(name) : ALLOWED_2X.includes(name);
        assert.equal(outcome?.status, allowed ? undefined : 'refused', name);
        assert.equal(station.orders().length, allowed ? 1 : 0, name);
      }
    });
  }
});

describe('messages that a pending station was told to send', () => {
  test('2.x TriggerMessage lets the message through, before and after its answer', () => {
    const station = registered('2.0.1', 'Pending');
    station.command('TriggerMessage', { requestedMessage: 'StatusNotification' }, { id: 't1' });
    const status = { timestamp: '2026-11-21T10:00:00Z', connectorStatus: 'Available', evseId: 1 } as const;
    station.call('2.0.1', 'StatusNotification', { ...status, connectorId: 1 });
    assert.deepEqual(station.payload, {}, 'the CALLs may cross');
    station.result('t1', { status: 'Accepted' });
    station.call('2.0.1', 'StatusNotification', { ...status, connectorId: 2 });
    assert.deepEqual(station.payload, {}, 'one for each connector');
    assert.equal(codeOf(station.callAny('Heartbeat', {})), 'SecurityError', 'nothing else');
    station.pass(120_000);
    assert.equal(
      codeOf(station.call('2.0.1', 'StatusNotification', { ...status, connectorId: 3 })),
      'SecurityError',
      'not for ever',
    );
  });

  test('a trigger that the station rejects lets nothing through', () => {
    const station = registered('1.6', 'Pending');
    station.command('TriggerMessage', { requestedMessage: 'Heartbeat' }, { id: 't1' });
    station.result('t1', { status: 'Rejected' });
    assert.equal(codeOf(station.call('1.6', 'Heartbeat', {})), 'SecurityError');
  });

  test('a trigger that was not sent lets nothing through', () => {
    const station = registered('1.6', 'Pending');
    station.command('GetConfiguration', {}, { id: 'k1' });
    station.command('TriggerMessage', { requestedMessage: 'Heartbeat' }, { id: 't1' });
    assert.equal(codeOf(station.call('1.6', 'Heartbeat', {})), 'SecurityError');
    station.result('k1', {});
    station.call('1.6', 'Heartbeat', {});
    assert.ok(station.payload.currentTime);
  });

  test('1.6 ExtendedTriggerMessage: SignChargePointCertificate is answered by SignCertificate', () => {
    const station = registered('1.6', 'Pending');
    station.command('ExtendedTriggerMessage', { requestedMessage: 'SignChargePointCertificate' });
    station.call('1.6', 'SignCertificate', { csr: 'x' });
    assert.deepEqual(station.payload, { status: 'Rejected' });
  });

  test('a report comes through by its request id, until its last part (B02.FR.02)', () => {
    const station = registered('2.1', 'Pending');
    station.command('GetBaseReport', { requestId: 5, reportBase: 'FullInventory' }, { id: 'r1' });
    station.result('r1', { status: 'Accepted' });
    const part = { requestId: 5, generatedAt: '2026-11-21T10:00:00Z' };
    const send = (payload: object) => station.callAny('NotifyReport', payload);
    assert.equal(codeOf(send({ ...part, requestId: 6, seqNo: 0 })), 'SecurityError');
    send({ ...part, seqNo: 0, tbc: true });
    assert.deepEqual(station.payload, {});
    station.pass(500_000);
    send({ ...part, seqNo: 1, tbc: true });
    assert.deepEqual(station.payload, {}, 'slow parts');
    station.pass(500_000);
    send({ ...part, seqNo: 2 });
    assert.deepEqual(station.payload, {});
    assert.equal(codeOf(send({ ...part, seqNo: 3 })), 'SecurityError');
  });

  test('the allowance outlives the process', () => {
    const station = registered('2.0.1', 'Pending');
    station.command('TriggerMessage', { requestedMessage: 'Heartbeat' });
    station.crash();
    station.connect(station.connection, true);
    station.call('2.0.1', 'Heartbeat', {});
    assert.ok(station.payload.currentTime);
  });

  test('it ends with the next boot', () => {
    const station = registered('2.0.1', 'Pending');
    station.command('TriggerMessage', { requestedMessage: 'Heartbeat' }, { id: 't1' });
    station.result('t1', { status: 'Accepted' });
    station.callAny('BootNotification', bootOf('2.0.1', 2));
    station.decide({ status: 'Pending' });
    assert.equal(codeOf(station.call('2.0.1', 'Heartbeat', {})), 'SecurityError');
  });
});

describe('a boot while accepted', () => {
  test('is a reboot: the outstanding command fails, transactions go on', () => {
    const station = registered('1.6', 'Accepted');
    const timestamp = '2026-11-21T10:00:00Z';
    station.call('1.6', 'StartTransaction', { connectorId: 1, idTag: 'A', meterStart: 0, timestamp });
    station.command('ClearCache', {}, { id: 'k1' });
    station.command('GetLocalListVersion', {}, { id: 'k2' });
    station.callAny('BootNotification', bootOf('1.6', 2));
    station.decide({ status: 'Accepted' });
    assert.deepEqual(
      station.outcomes.map(({ reply, outcome }) => [reply, outcome.status]),
      [['inbox.k1', 'offline']],
    );
    assert.equal(station.lastEvent('station.booted').data.reboot, true);
    assert.equal(station.state.live.length, 1);
  });

  test('goes on with the commands that wait', () => {
    const station = registered('1.6', 'Accepted');
    station.command('ClearCache', {}, { id: 'k1' });
    station.command('GetLocalListVersion', {}, { id: 'k2' });
    station.callAny('BootNotification', bootOf('1.6', 2));
    station.decide({ status: 'Accepted' });
    assert.deepEqual(
      station.orders().map(({ id }) => id),
      ['k1', 'k2'],
    );
  });

  test('refuses those that may not be sent in the new state', () => {
    const station = registered('2.0.1', 'Accepted');
    station.command('ClearCache', {}, { id: 'k1' });
    station.command('Reset', { type: 'Immediate' }, { id: 'k2' });
    station.callAny('BootNotification', bootOf('2.0.1', 2));
    station.decide({ status: 'Rejected' });
    assert.deepEqual(
      station.outcomes.map(({ reply, outcome }) => [reply, outcome.status]),
      [
        ['inbox.k1', 'offline'],
        ['inbox.k2', 'refused'],
      ],
    );
  });

  test('that we triggered is none (2.x reason Triggered)', () => {
    const station = registered('2.1', 'Accepted');
    station.command('TriggerMessage', { requestedMessage: 'BootNotification' }, { id: 'k1' });
    station.call('2.1', 'BootNotification', {
      chargingStation: { model: 'm', vendorName: 'v' },
      reason: 'Triggered',
    });
    station.decide({ status: 'Accepted' });
    assert.equal(station.lastEvent('station.booted').data.reboot, false);
    assert.deepEqual(station.outcomes, []);
  });

  test('is not triggered in 1.6 (errata 3.40), neither by the extended message', () => {
    const station = registered('1.6', 'Accepted');
    for (const action of ['TriggerMessage', 'ExtendedTriggerMessage']) {
      const outcome = station.command(action, { requestedMessage: 'BootNotification' });
      assert.ok(outcome?.status === 'refused' && /3\.40/.test(outcome.description));
    }
    assert.deepEqual(station.orders(), []);
  });
});
