import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useRig } from '../../../../libs/station/testing/rig.js';
import { until } from '../../../../libs/station/testing/central-system.js';
import type { Version } from '../../../../libs/ocpp/mod.js';
import type { CommandOutcome } from '../../../../libs/api/mod.js';
import { nextStep, type Exchange } from './mod.js';

/** The same commands of 2.1 to simulated stations of every version, over a real connection. */

const rig = useRig();

async function send(
  stationId: string,
  version: Version,
  action: string,
  payload: Record<string, unknown>,
): Promise<CommandOutcome> {
  const done: Exchange[] = [];
  for (;;) {
    const step = nextStep(version, action, payload, done);
    assert.ok(!('unsupported' in step), JSON.stringify(step));
    if ('outcome' in step) return step.outcome;
    const { call } = step;
    const answer = await rig.central.command(stationId, call.action, call.payload);
    const outcome =
      answer.kind === 'result'
        ? { status: 'result' as const, payload: answer.payload }
        : { status: 'error' as const, code: answer.code, description: '', details: {} };
    done.push({ ...call, outcome });
  }
}

for (const version of ['1.6', '2.0.1', '2.1'] as const) {
  test(`${version}: one caller's commands configure a station, start and stop a charge, and limit it`, async () => {
    const station = await rig.ready(version);
    const command = async (
      action: string,
      payload: Record<string, unknown>,
    ): Promise<Record<string, unknown>> => {
      const outcome = await send(station.stationId, version, action, payload);
      assert.equal(outcome.status, 'result', JSON.stringify(outcome));
      return (outcome as { payload: Record<string, unknown> }).payload;
    };
    const names = { component: { name: 'TxCtrlr' }, variable: { name: 'EVConnectionTimeOut' } };
    const accepted = { ...names, attributeStatus: 'Accepted' };
    const set = await command('SetVariables', { setVariableData: [{ ...names, attributeValue: '77' }] });
    assert.deepEqual(set, { setVariableResult: [accepted] });
    const got = await command('GetVariables', { getVariableData: [names] });
    assert.deepEqual(got, { getVariableResult: [{ ...accepted, attributeValue: '77' }] });

    const idToken = { idToken: 'CARD-1', type: 'ISO14443' };
    const start = await command('RequestStartTransaction', { remoteStartId: 1, evseId: 1, idToken });
    assert.equal(start.status, 'Accepted');
    const transactionId = () => station.evse(1)?.transaction?.id;
    await until(() => transactionId() !== undefined, 'the transaction');
    const chargingProfile = {
      id: 1,
      stackLevel: 0,
      chargingProfilePurpose: 'TxProfile',
      chargingProfileKind: 'Relative',
      transactionId: String(transactionId()),
      chargingSchedule: [
        { id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 5000 }] },
      ],
    };
    const profile = await command('SetChargingProfile', { evseId: 1, chargingProfile });
    assert.equal(profile.status, 'Accepted');
    await until(() => station.evse(1)?.meter.powerW === 5000, 'the limit');
    const stop = await command('RequestStopTransaction', { transactionId: String(transactionId()) });
    assert.equal(stop.status, 'Accepted');
    await rig.quiet(station);

    assert.equal((await command('GetLocalListVersion', {})).versionNumber, 0);
    const trigger = { requestedMessage: 'SignChargingStationCertificate' };
    assert.equal((await command('TriggerMessage', trigger)).status, 'Accepted');
    await rig.quiet(station);
    assert.equal(rig.central.of(station.stationId, 'SignCertificate').length, 1);
    assert.equal((await command('Reset', { type: 'Immediate' })).status, 'Accepted');
  });
}
