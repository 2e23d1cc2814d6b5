import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Packr } from 'msgpackr';
import type { AnyStationEvent, StationEvent } from '../../../../libs/api/mod.js';
import { MsgpackWriter } from '../../../../libs/link/mod.js';
import { findAction, type Version } from '../../../../libs/ocpp/mod.js';
import { rowOf } from '../calls/table.js';
import { DEFAULT_STATION_CONFIG } from '../config.js';
import type { CallMessage } from '../messages.js';
import { connectionOf, START } from '../station.fixture.js';
import { createState, type StationState } from '../state.js';
import { Turn } from '../turn.js';
import { ENDED_JOBS, MISSING, RUNNING_JOBS } from './job.js';
import {
  beginJob,
  expectJob,
  expireJobs,
  jobDeadline,
  jobsOf,
  jobSnapshot,
  noteJobCall,
  unpackJob,
  writeJob,
  type Job,
} from './mod.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ACCEPTED = { status: 'Accepted' };

/** The jobs of one station, with a turn for each thing that happens; the state goes through its record in between. */
class Rig {
  now = START;
  state: StationState = createState('ST-1', START);
  readonly events: AnyStationEvent[] = [];
  committed = false;

  constructor(readonly version: Version = '2.1') {}

  turn(work: (turn: Turn) => void): void {
    const context = { now: this.now, time: this.now, uniqueNumber: () => 1 };
    const turn = new Turn(this.state, context, DEFAULT_STATION_CONFIG);
    work(turn);
    this.committed = turn.commit;
    assert.ok(turn.commit || turn.state.jobs === this.state.jobs, 'what changed is committed');
    this.state = { ...turn.state, jobs: turn.state.jobs.map(throughRecord) };
    for (const effect of turn.effects) {
      if (effect.type === 'event')
        this.events.push(JSON.parse(Buffer.from(effect.json).toString()) as AnyStationEvent);
    }
  }

  send(commandId: string, action: string, payload: object, cursor = 7): void {
    const violation = findAction(this.version, action)?.checkRequest(payload);
    assert.equal(violation, undefined, `${action}: ${violation?.message}`);
    this.turn((turn) => expectJob(turn, { commandId, action, payload, cursor }));
  }

  answer(commandId: string, action: string, answer: unknown = ACCEPTED): void {
    this.turn((turn) => beginJob(turn, { commandId, action }, answer));
  }

  begin(commandId: string, action: string, payload: object, answer: unknown = ACCEPTED): void {
    this.send(commandId, action, payload);
    this.answer(commandId, action, answer);
  }

  /** The station's CALL: recorded, then noted. */
  call(action: string, payload: object): void {
    const violation = findAction(this.version, action)?.checkRequest(payload);
    assert.equal(violation, undefined, `${action}: ${violation?.message}`);
    const raw = Buffer.from(JSON.stringify(payload));
    const call: CallMessage = {
      type: 'call',
      connection: connectionOf(this.version),
      id: 'm',
      action,
      payload,
      raw,
    };
    const row = rowOf(this.version, action);
    assert.ok(row !== undefined && 'answer' in row);
    this.turn((turn) => {
      row.answer(turn, call);
      noteJobCall(turn, call);
    });
  }

  part(requestId: number, seqNo: number, tbc?: boolean): void {
    const generatedAt = new Date(this.now).toISOString();
    this.call('NotifyReport', { requestId, seqNo, generatedAt, ...(tbc !== undefined && { tbc }) });
  }

  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const at = jobDeadline(this.state);
      if (at === undefined || at > until) break;
      this.now = Math.max(this.now, at);
      this.turn(expireJobs);
      assert.ok((jobDeadline(this.state) ?? Infinity) > this.now, 'a wake-up ends what has run out');
    }
    this.now = until;
  }

  job(commandId: string) {
    const job = jobsOf(this.state).find((one) => one.commandId === commandId);
    return job && jobSnapshot(this.state, job);
  }

  get completed() {
    return this.events.filter(
      (event): event is StationEvent<'job.completed'> => event.type === 'job.completed',
    );
  }
}

const packr = new Packr({ useRecords: false });

function throughRecord(job: Job): Job {
  const [, fields] = packr.unpack(
    new MsgpackWriter().begin().each([job, job], writeJob).take(),
  ) as unknown[][];
  const read = unpackJob(fields ?? []);
  assert.deepEqual(read, job);
  return job;
}

const BASE = (requestId: number) => ({ requestId, reportBase: 'FullInventory' });
const firmware = (requestId: number, more: object = {}) => ({
  requestId,
  firmware: { location: 'https://f', retrieveDateTime: new Date(START).toISOString(), ...more },
});

describe('a report', () => {
  test('is followed from its acceptance to the part after which nothing comes', () => {
    const rig = new Rig();
    rig.begin('k1', 'GetBaseReport', BASE(5));
    const { now } = rig;
    assert.deepEqual(rig.job('k1'), {
      commandId: 'k1',
      kind: 'variables',
      state: 'running',
      requestId: 5,
      parts: 0,
      missing: [],
      startedAt: now,
      inactiveAt: now + 5 * MINUTE,
      incarnation: START,
      cursor: 7,
    });
    rig.now += 1000;
    rig.part(5, 0, true);
    rig.part(5, 1, true);
    assert.equal(rig.job('k1')?.inactiveAt, rig.now + 5 * MINUTE);
    rig.part(5, 2, false);
    assert.deepEqual(rig.job('k1'), {
      commandId: 'k1',
      kind: 'variables',
      state: 'completed',
      requestId: 5,
      parts: 3,
      missing: [],
      startedAt: now,
      incarnation: START,
      firstEvent: 1,
      lastEvent: 3,
      cursor: 7,
    });
    assert.deepEqual(
      rig.events.map(({ type }) => type),
      ['report.part', 'report.part', 'report.part', 'job.completed'],
    );
    assert.deepEqual(rig.completed[0]?.data, {
      commandId: 'k1',
      kind: 'variables',
      state: 'completed',
      requestId: 5,
      parts: 3,
      missing: [],
    });
    assert.equal(jobDeadline(rig.state), undefined);
  });

  test('a part without tbc is the last one', () => {
    const rig = new Rig('2.0.1');
    rig.begin('k1', 'GetBaseReport', BASE(1));
    rig.part(1, 0);
    assert.equal(rig.job('k1')?.state, 'completed');
  });

  test('whose parts come before the answer counts them', () => {
    const rig = new Rig();
    rig.send('k1', 'GetBaseReport', BASE(1));
    assert.equal(rig.job('k1'), undefined, 'nothing is known of it yet');
    assert.equal(jobDeadline(rig.state), undefined, 'until then the command has the deadline');
    rig.part(1, 0, true);
    assert.equal(rig.job('k1')?.state, 'running');
    rig.answer('k1', 'GetBaseReport');
    rig.part(1, 1, false);
    assert.equal(rig.job('k1')?.parts, 2);
    rig.send('k2', 'GetBaseReport', BASE(2));
    rig.part(2, 0, false);
    rig.answer('k2', 'GetBaseReport');
    assert.equal(rig.job('k2')?.state, 'completed');
    assert.equal(rig.completed.length, 2);
  });

  for (const answer of [{ status: 'Rejected' }, { status: 'EmptyResultSet' }, 'x', null]) {
    test(`that is answered ${JSON.stringify(answer)} is none`, () => {
      const rig = new Rig();
      rig.begin('k1', 'GetBaseReport', BASE(1), answer);
      assert.deepEqual(rig.state.jobs, []);
      rig.part(1, 0, false);
      assert.deepEqual(rig.completed, []);
    });
  }

  test('whose command has no answer is none', () => {
    const rig = new Rig();
    rig.send('k1', 'GetBaseReport', BASE(1));
    rig.turn((turn) => beginJob(turn, { commandId: 'k1', action: 'GetBaseReport' }, undefined));
    assert.deepEqual(rig.state.jobs, []);
  });

  test('whose command has no answer runs if its parts come', () => {
    const rig = new Rig();
    rig.send('k1', 'GetBaseReport', BASE(1));
    rig.part(1, 0, true);
    rig.turn((turn) => beginJob(turn, { commandId: 'k1', action: 'GetBaseReport' }, undefined));
    assert.equal(rig.job('k1')?.state, 'running');
    rig.pass(5 * MINUTE);
    assert.equal(rig.job('k1')?.state, 'inactive');
  });

  test('of another request, or another kind, is not taken for it', () => {
    const rig = new Rig();
    rig.begin('k1', 'GetBaseReport', BASE(1));
    rig.part(2, 0, false);
    const generatedAt = new Date(START).toISOString();
    rig.call('NotifyMonitoringReport', { requestId: 1, seqNo: 0, generatedAt });
    rig.call('NotifyDisplayMessages', { requestId: 1 });
    assert.equal(rig.committed, true, 'the events are');
    assert.equal(rig.job('k1')?.parts, 0);
    assert.deepEqual(rig.completed, []);
  });

  test('numbers that are skipped are missing until they come; a number that came is no part again', () => {
    const rig = new Rig();
    rig.begin('k1', 'GetBaseReport', BASE(1));
    rig.part(1, 2, true);
    assert.deepEqual(rig.job('k1')?.missing, [0, 1]);
    rig.part(1, 0, true);
    assert.deepEqual(rig.job('k1')?.missing, [1]);
    rig.now += MINUTE;
    rig.part(1, 2, true);
    rig.part(1, 0, true);
    const job = rig.job('k1');
    assert.deepEqual([job?.parts, job?.missing, job?.lastEvent], [2, [1], 2]);
    assert.equal(job?.inactiveAt, rig.now + 5 * MINUTE, 'the station is alive');
    rig.part(1, 3, false);
    assert.equal(rig.completed[0]?.data.state, 'completed');
    assert.deepEqual(rig.completed[0]?.data.missing, [1]);
  });

  test('numbers far apart cost no more than the first missing ones', () => {
    const rig = new Rig();
    rig.begin('k1', 'GetBaseReport', BASE(1));
    rig.part(1, 2_000_000_000, true);
    assert.deepEqual(
      rig.job('k1')?.missing,
      Array.from({ length: MISSING }, (_, at) => at),
    );
    rig.part(1, 2_100_000_000, true);
    assert.equal(rig.job('k1')?.missing.length, MISSING);
    rig.part(1, 2_147_483_647, false);
    assert.equal(rig.job('k1')?.parts, 3);
  });

  test('is inactive when nothing comes for too long, not before; then nothing belongs to it', () => {
    const rig = new Rig();
    rig.begin('k1', 'GetBaseReport', BASE(1));
    rig.pass(4 * MINUTE);
    rig.part(1, 0, true);
    rig.pass(5 * MINUTE - 1);
    assert.equal(rig.job('k1')?.state, 'running');
    rig.pass(1);
    assert.deepEqual(rig.completed[0]?.data, {
      commandId: 'k1',
      kind: 'variables',
      state: 'inactive',
      requestId: 1,
      parts: 1,
      missing: [],
    });
    rig.part(1, 1, false);
    assert.equal(rig.job('k1')?.parts, 1);
    assert.equal(rig.completed.length, 1);
  });

  for (const [action, request, part, more] of [
    ['GetReport', { requestId: 1 }, 'NotifyReport', { seqNo: 0, generatedAt: '2026-11-21T10:00:00Z' }],
    [
      'GetMonitoringReport',
      { requestId: 1 },
      'NotifyMonitoringReport',
      { seqNo: 0, generatedAt: '2026-11-21T10:00:00Z' },
    ],
    [
      'CustomerInformation',
      { requestId: 1, report: true, clear: false, customerIdentifier: 'x' },
      'NotifyCustomerInformation',
      { seqNo: 0, generatedAt: '2026-11-21T10:00:00Z', data: 'x' },
    ],
    ['GetDisplayMessages', { requestId: 1 }, 'NotifyDisplayMessages', {}],
    ['GetDERControl', { requestId: 1 }, 'ReportDERControl', {}],
    [
      'GetChargingProfiles',
      { requestId: 1, chargingProfile: {} },
      'ReportChargingProfiles',
      {
        chargingLimitSource: 'CSO',
        evseId: 1,
        chargingProfile: [
          {
            id: 1,
            stackLevel: 0,
            chargingProfilePurpose: 'TxDefaultProfile',
            chargingProfileKind: 'Absolute',
            chargingSchedule: [
              { id: 1, chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 6 }] },
            ],
          },
        ],
      },
    ],
  ] as const) {
    test(`${action} is followed by ${part}`, () => {
      const rig = new Rig();
      rig.begin('k1', action, request);
      rig.call(part, { requestId: 1, tbc: true, ...more });
      assert.deepEqual([rig.job('k1')?.state, rig.job('k1')?.parts], ['running', 1]);
      rig.call(part, { requestId: 1, ...more, ...('seqNo' in more && { seqNo: 1 }) });
      assert.deepEqual([rig.job('k1')?.state, rig.job('k1')?.parts], ['completed', 2]);
      const event = rig.events[0] as StationEvent<'report.part'>;
      assert.equal(event.data.report, rig.job('k1')?.kind);
    });
  }

  test('CustomerInformation that only clears is no job', () => {
    const rig = new Rig();
    rig.send('k1', 'CustomerInformation', {
      requestId: 1,
      report: false,
      clear: true,
      customerIdentifier: 'x',
    });
    assert.deepEqual(rig.state.jobs, []);
  });

  test('a command that is sent again begins its report anew', () => {
    const rig = new Rig();
    rig.send('k1', 'GetBaseReport', BASE(1));
    rig.part(1, 0, true);
    rig.part(1, 1, true);
    rig.send('k1', 'GetBaseReport', BASE(1));
    rig.answer('k1', 'GetBaseReport');
    rig.part(1, 0, true);
    rig.part(1, 1, false);
    const job = rig.job('k1');
    assert.deepEqual([job?.state, job?.parts, job?.firstEvent, job?.lastEvent], ['completed', 2, 3, 4]);
    assert.equal(rig.state.jobs.length, 1);
  });
});

describe('logs and firmware', () => {
  const LOG = (requestId: number) => ({
    requestId,
    logType: 'DiagnosticsLog',
    log: { remoteLocation: 'https://l' },
  });

  test('a log ends with its upload', () => {
    const rig = new Rig();
    rig.begin('k1', 'GetLog', LOG(3));
    rig.call('LogStatusNotification', { status: 'Uploading', requestId: 3 });
    assert.deepEqual([rig.job('k1')?.status, rig.job('k1')?.state], ['Uploading', 'running']);
    assert.equal(rig.job('k1')?.inactiveAt, rig.now + HOUR);
    rig.call('LogStatusNotification', { status: 'Uploaded', requestId: 3 });
    assert.equal(rig.completed[0]?.data.status, 'Uploaded');
    assert.equal(rig.job('k1')?.state, 'completed');
  });

  for (const status of ['UploadFailure', 'BadMessage', 'NotSupportedOperation', 'PermissionDenied']) {
    test(`a log fails with ${status}`, () => {
      const rig = new Rig('2.0.1');
      rig.begin('k1', 'GetLog', LOG(3));
      rig.call('LogStatusNotification', { status, requestId: 3 });
      assert.deepEqual([rig.completed[0]?.data.state, rig.completed[0]?.data.status], ['failed', status]);
    });
  }

  test('Idle says nothing about a job', () => {
    const rig = new Rig();
    rig.begin('k1', 'GetLog', LOG(3));
    rig.call('LogStatusNotification', { status: 'Idle' });
    assert.deepEqual([rig.job('k1')?.parts, rig.job('k1')?.state], [0, 'running']);
  });

  test('a status without a request id belongs to the only job of its kind', () => {
    const rig = new Rig();
    rig.begin('k1', 'GetLog', LOG(3));
    rig.call('LogStatusNotification', { status: 'Uploading' });
    assert.equal(rig.job('k1')?.parts, 1);
    rig.begin('k2', 'GetLog', LOG(4));
    rig.call('LogStatusNotification', { status: 'Uploaded' });
    assert.deepEqual([rig.job('k1')?.parts, rig.job('k2')?.parts], [1, 0], 'it could be about either');
  });

  test('a log that a newer one has cancelled is superseded (N01.FR.12)', () => {
    const rig = new Rig();
    rig.begin('k1', 'GetLog', LOG(3));
    rig.begin('k2', 'GetLog', LOG(4), { status: 'AcceptedCanceled' });
    assert.equal(rig.job('k1')?.state, 'superseded');
    rig.call('LogStatusNotification', { status: 'AcceptedCanceled', requestId: 3 });
    rig.call('LogStatusNotification', { status: 'Uploaded', requestId: 4 });
    assert.deepEqual(
      rig.completed.map(({ data }) => [data.commandId, data.state]),
      [
        ['k1', 'superseded'],
        ['k2', 'completed'],
      ],
    );
    rig.begin('k3', 'GetLog', LOG(5));
    rig.call('LogStatusNotification', { status: 'AcceptedCanceled', requestId: 5 });
    assert.equal(rig.job('k3')?.state, 'superseded');
  });

  test('1.6: diagnostics have no request id; a newer job takes over from the older one', () => {
    const rig = new Rig('1.6');
    rig.begin('k1', 'GetDiagnostics', { location: 'ftp://x' }, { fileName: 'a' });
    rig.begin('k2', 'GetDiagnostics', { location: 'ftp://x' }, { fileName: 'b' });
    assert.equal(rig.job('k1')?.state, 'superseded');
    rig.call('DiagnosticsStatusNotification', { status: 'Uploading' });
    rig.call('DiagnosticsStatusNotification', { status: 'UploadFailed' });
    assert.deepEqual(
      [rig.job('k2')?.state, rig.job('k2')?.status, rig.job('k2')?.parts],
      ['failed', 'UploadFailed', 2],
    );
    assert.equal(rig.job('k2')?.requestId, undefined);
    rig.begin('k3', 'GetDiagnostics', { location: 'ftp://x' }, {});
    assert.equal(rig.job('k3'), undefined, 'without a file there is nothing to upload');
  });

  test('1.6: GetLog and diagnostics are told apart', () => {
    const rig = new Rig('1.6');
    rig.begin('k1', 'GetDiagnostics', { location: 'ftp://x' }, { fileName: 'a' });
    rig.begin('k2', 'GetLog', LOG(1));
    rig.call('LogStatusNotification', { status: 'Uploaded', requestId: 1 });
    rig.call('DiagnosticsStatusNotification', { status: 'Uploaded' });
    assert.deepEqual(
      rig.completed.map(({ data }) => data.commandId),
      ['k2', 'k1'],
    );
  });

  test('1.6: UpdateFirmware is accepted by an empty answer', () => {
    const rig = new Rig('1.6');
    rig.begin('k1', 'UpdateFirmware', { location: 'ftp://x', retrieveDate: '2026-11-21T10:00:00Z' }, {});
    for (const status of ['Downloading', 'Downloaded', 'Installing', 'Installed'])
      rig.call('FirmwareStatusNotification', { status });
    assert.deepEqual([rig.job('k1')?.state, rig.job('k1')?.parts], ['completed', 4]);
  });

  test('1.6: the signed update has a request id', () => {
    const rig = new Rig('1.6');
    const image = {
      location: 'ftp://x',
      retrieveDateTime: '2026-11-21T10:00:00Z',
      signingCertificate: 'c',
      signature: 's',
    };
    rig.begin('k1', 'SignedUpdateFirmware', { requestId: 9, firmware: image });
    rig.call('SignedFirmwareStatusNotification', { status: 'InvalidSignature', requestId: 9 });
    assert.equal(rig.job('k1')?.state, 'failed');
  });

  for (const [status, state] of [
    ['Installed', 'completed'],
    ['DownloadFailed', 'failed'],
    ['InstallationFailed', 'failed'],
    ['InstallVerificationFailed', 'failed'],
    ['InvalidSignature', 'failed'],
    ['InstallRebooting', 'running'],
    ['DownloadPaused', 'running'],
    ['SignatureVerified', 'running'],
  ] as const) {
    test(`firmware is ${state} after ${status}`, () => {
      const rig = new Rig();
      rig.begin('k1', 'UpdateFirmware', firmware(2));
      rig.call('FirmwareStatusNotification', { status, requestId: 2 });
      assert.equal(rig.job('k1')?.state, state);
    });
  }

  test('firmware that is planned for later is waited for until then, and a day more', () => {
    const rig = new Rig();
    const at = START + 10 * 24 * HOUR;
    rig.begin('k1', 'UpdateFirmware', firmware(2, { installDateTime: new Date(at).toISOString() }));
    rig.call('FirmwareStatusNotification', { status: 'InstallScheduled', requestId: 2 });
    assert.equal(rig.job('k1')?.inactiveAt, at + 24 * HOUR);
    rig.pass(10 * 24 * HOUR + 1);
    rig.call('FirmwareStatusNotification', { status: 'Installing', requestId: 2 });
    assert.equal(rig.job('k1')?.inactiveAt, rig.now + 24 * HOUR);
    rig.pass(24 * HOUR);
    assert.equal(rig.job('k1')?.state, 'inactive');
    rig.begin('k2', 'UpdateFirmware', firmware(3, { installDateTime: '9999-01-01T00:00:00Z' }));
    assert.equal(rig.job('k2')?.inactiveAt, rig.now + 91 * 24 * HOUR, 'within reason');
  });

  test('a local controller publishes firmware', () => {
    const rig = new Rig();
    const request = { requestId: 1, location: 'https://f', checksum: 'abc' };
    rig.begin('k1', 'PublishFirmware', request);
    rig.call('PublishFirmwareStatusNotification', { status: 'Downloading', requestId: 1 });
    rig.call('PublishFirmwareStatusNotification', {
      status: 'Published',
      requestId: 1,
      location: ['http://l'],
    });
    assert.deepEqual(
      [rig.completed[0]?.data.kind, rig.completed[0]?.data.state],
      ['publication', 'completed'],
    );
  });
});

describe('limits', () => {
  test('past so many that run, the one that would be inactive first is superseded', () => {
    const rig = new Rig();
    rig.begin('fw', 'UpdateFirmware', firmware(1));
    for (let at = 0; at < RUNNING_JOBS + 2; at++) {
      rig.now += 1000;
      rig.begin(`k${at}`, 'GetBaseReport', BASE(10 + at));
    }
    const running = jobsOf(rig.state).filter(({ state }) => state === 'running');
    assert.equal(running.length, RUNNING_JOBS);
    assert.equal(rig.job('fw')?.state, 'running');
    assert.deepEqual(
      rig.completed.map(({ data }) => [data.commandId, data.state]),
      ['k0', 'k1', 'k2'].map((id) => [id, 'superseded']),
    );
  });

  test('so many that are over are known, those that ended last', () => {
    const rig = new Rig();
    for (let at = 0; at < ENDED_JOBS + 3; at++) {
      rig.begin(`k${at}`, 'GetBaseReport', BASE(at));
      rig.part(at, 0);
    }
    assert.deepEqual(
      jobsOf(rig.state).map(({ commandId }) => commandId),
      Array.from({ length: ENDED_JOBS }, (_, at) => `k${at + 3}`),
    );
    assert.equal(rig.completed.length, ENDED_JOBS + 3);
  });

  test('the same request id again: the older job is superseded, for its parts cannot be told from the newer ones', () => {
    const rig = new Rig();
    rig.begin('k1', 'GetBaseReport', BASE(1));
    rig.part(1, 0, true);
    rig.begin('k2', 'GetReport', { requestId: 1 });
    rig.part(1, 0, false);
    assert.deepEqual(
      [rig.job('k1')?.state, rig.job('k2')?.state, rig.job('k2')?.parts],
      ['superseded', 'completed', 1],
    );
  });

  test('commands and CALLs that have to do with no job change nothing', () => {
    const rig = new Rig();
    rig.begin('k1', 'Reset', { type: 'Immediate' });
    assert.equal(rig.committed, false);
    rig.turn(expireJobs);
    assert.equal(rig.committed, false);
    assert.deepEqual(rig.state.jobs, []);
  });
});
