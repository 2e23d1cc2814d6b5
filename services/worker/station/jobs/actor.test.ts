import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JobSnapshot } from '../../../../libs/api/mod.js';
import { booted, connected } from '../commands.fixture.js';
import { connectionOf, type TestStation } from '../station.fixture.js';

/** Jobs as the station's actor tracks them, with the commands that begin them. */

const BASE = { requestId: 1, reportBase: 'FullInventory' };
const MINUTE = 60_000;

const jobOf = (station: TestStation, commandId = 'k1') =>
  station.ask({ kind: 'query', about: 'job', commandId }) as JobSnapshot | null;

function part(station: TestStation, seqNo: number, tbc = false): void {
  const { now } = station;
  station.callAny('NotifyReport', { requestId: 1, seqNo, tbc, generatedAt: new Date(now).toISOString() });
}

const jobEvents = (station: TestStation) =>
  station.events.flatMap((event) =>
    event.type === 'job.completed' || event.type === 'report.part' || event.type === 'command.completed'
      ? [event.type]
      : [],
  );

describe('a job of the actor', () => {
  test('is one from the answer to the command on, and over with its last part', () => {
    const station = connected('2.0.1');
    station.command('GetBaseReport', BASE, { id: 'k1' });
    assert.equal(jobOf(station), null);
    station.result('k1', { status: 'Accepted' });
    assert.equal(jobOf(station)?.state, 'running');
    part(station, 0, true);
    part(station, 1);
    const job = jobOf(station);
    assert.equal(job?.state, 'completed');
    const types = station.events.slice((job.firstEvent ?? 0) - 1, job.lastEvent).map(({ type }) => type);
    assert.deepEqual(types, ['report.part', 'report.part']);
    assert.deepEqual(jobEvents(station), [
      'command.completed',
      'report.part',
      'report.part',
      'job.completed',
    ]);
  });

  test('counts what comes before the answer to the command', () => {
    const station = connected('2.1');
    station.command('GetBaseReport', BASE, { id: 'k1' });
    part(station, 0, true);
    station.result('k1', { status: 'Accepted' });
    part(station, 1);
    assert.equal(jobOf(station)?.parts, 2);
    assert.equal(jobOf(station)?.state, 'completed');
  });

  test('goes on with its next part although a second command with its request id waits for its answer', () => {
    const station = connected('2.1');
    station.command('GetBaseReport', BASE, { id: 'k1' });
    station.result('k1', { status: 'Accepted' });
    part(station, 0, true);
    station.command('GetBaseReport', BASE, { id: 'k2' });
    part(station, 1, true);
    station.result('k2', { status: 'Rejected' });
    part(station, 2);
    assert.equal(jobOf(station, 'k2'), null);
    assert.deepEqual([jobOf(station)?.state, jobOf(station)?.parts], ['completed', 3]);
  });

  test('is none when the station rejects the command, or answers with a CALLERROR', () => {
    const station = connected('2.1');
    station.command('GetBaseReport', BASE, { id: 'k1' });
    station.result('k1', { status: 'Rejected' });
    station.command('GetBaseReport', BASE, { id: 'k2' });
    const { connection } = station;
    station.tell({
      type: 'failure',
      connection,
      id: 'k2',
      code: 'InternalError',
      description: '',
      details: {},
    });
    assert.deepEqual([jobOf(station), jobOf(station, 'k2')], [null, null]);
    assert.deepEqual(station.state.jobs, []);
  });

  test('survives a restart, and a repeated CALL counts once', () => {
    const station = connected('2.1');
    station.command('GetBaseReport', BASE, { id: 'k1' });
    station.result('k1', { status: 'Accepted' });
    const generatedAt = '2026-11-21T10:00:00Z';
    station.callAny('NotifyReport', { requestId: 1, seqNo: 0, tbc: true, generatedAt }, { id: 'm' });
    station.crash();
    station.connect(station.connection, true);
    station.callAny('NotifyReport', { requestId: 1, seqNo: 0, tbc: true, generatedAt }, { id: 'm' });
    assert.equal(jobOf(station)?.parts, 1);
    part(station, 1);
    assert.equal(jobOf(station)?.state, 'completed');
  });

  test('keeps the actor awake until it is over, also when the station is gone', () => {
    const station = connected('2.1');
    station.command('GetBaseReport', BASE, { id: 'k1' });
    station.result('k1', { status: 'Accepted' });
    const { inactiveAt } = jobOf(station) ?? {};
    station.disconnect();
    assert.equal(station.wakeAt, inactiveAt);
    assert.equal(station.mayPassivate, false);
    station.pass(5 * MINUTE);
    assert.equal(jobOf(station)?.state, 'inactive');
    assert.equal(station.events.at(-1)?.type, 'job.completed');
    assert.equal(station.mayPassivate, true);
  });

  test('of a durable command that is sent again begins anew', () => {
    const station = connected('2.1');
    station.enqueue('GetBaseReport', BASE, { id: 'k1' });
    part(station, 0, true);
    station.disconnect();
    station.connect(connectionOf('2.1', 'c2', { connectedAt: station.now + 1 }));
    station.result('k1', { status: 'Accepted' });
    part(station, 0, true);
    part(station, 1);
    const job = jobOf(station);
    assert.deepEqual([job?.state, job?.parts], ['completed', 2]);
    assert.equal(station.state.jobs.length, 1);
  });

  test('is followed while the station is pending, too', () => {
    const station = booted('2.0.1', 'Pending');
    station.command('GetBaseReport', BASE, { id: 'k1' });
    station.result('k1', { status: 'Accepted' });
    part(station, 0, true);
    part(station, 1);
    assert.equal(jobOf(station)?.state, 'completed');
  });

  test('of a neutral command is that of the station’s own version', () => {
    const station = connected('1.6');
    const log = { remoteLocation: 'ftp://l' };
    station.command('GetLog', { requestId: 4, logType: 'SecurityLog', log }, { id: 'k1', terms: 'neutral' });
    const [, id, action] = JSON.parse(station.orders()[0]?.frame ?? '[]') as [number, string, string];
    assert.equal(action, 'GetLog');
    station.result(id, { status: 'Accepted', filename: 'x' });
    station.callAny('LogStatusNotification', { status: 'Uploaded', requestId: 4 });
    assert.deepEqual([jobOf(station)?.kind, jobOf(station)?.state], ['log', 'completed']);
  });
});
