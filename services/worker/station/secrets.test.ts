import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Version } from '../../../libs/ocpp/mod.js';
import { TestStation } from './station.fixture.js';

function connected(version: Version): TestStation {
  const station = new TestStation(version);
  station.connect();
  return station;
}

describe("a station's own words about a command that holds a secret", () => {
  const SECRET = 'S3cret-S3cret-S3cret';
  const variable = { component: { name: 'SecurityCtrlr' }, variable: { name: 'BasicAuthPassword' } };
  const commands = [
    ['1.6', 'ChangeConfiguration', { key: 'AuthorizationKey', value: SECRET }],
    [
      '2.0.1',
      'GetLog',
      { logType: 'SecurityLog', requestId: 1, log: { remoteLocation: `ftp://u:${SECRET}@h/` } },
    ],
    ['2.0.1', 'SetVariables', { setVariableData: [{ ...variable, attributeValue: SECRET }] }],
    ['2.1', 'DataTransfer', { vendorId: 'v', data: SECRET }],
  ] as const;
  const eventsOf = (station: TestStation) => JSON.stringify(station.events);

  for (const [version, action, payload] of commands) {
    test(`${version} ${action}: its caller hears them, no event tells them`, () => {
      const station = connected(version);
      station.command(action, payload, { id: 'k1' });
      const description = `bad value ${SECRET}`;
      const { connection } = station;
      station.tell({
        type: 'failure',
        connection,
        id: 'k1',
        code: 'InternalError',
        description,
        details: { SECRET },
      });
      const error = { status: 'error', code: 'InternalError', description, details: { SECRET } };
      assert.deepEqual(station.outcomes[0]?.outcome, error);
      assert.deepEqual(station.lastEvent('command.completed').data, {
        commandId: 'k1',
        action,
        outcome: 'error',
        code: 'InternalError',
      });
      station.command(action, payload, { id: 'k2' });
      station.result('k2', { [SECRET]: SECRET });
      assert.equal(station.outcomes[1]?.outcome.status, 'error');
      assert.equal(station.lastEvent('command.completed').data.description, undefined);
      assert.ok(!eventsOf(station).includes(SECRET));
    });
  }

  test("the gateway's own words are told, and so are a station's about other commands", () => {
    const station = connected('1.6');
    station.command('ChangeConfiguration', { key: 'AuthorizationKey', value: SECRET }, { timeoutMs: 1_000 });
    station.pass(1_000);
    assert.match(station.lastEvent('command.completed').data.description ?? '', /did not answer/);
    station.command('ClearCache', {}, { id: 'k2' });
    const { connection } = station;
    const failure = {
      type: 'failure',
      id: 'k2',
      code: 'GenericError',
      description: 'no',
      details: {},
    } as const;
    station.tell({ ...failure, connection });
    assert.equal(station.lastEvent('command.completed').data.description, 'no');
  });
});
