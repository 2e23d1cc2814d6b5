import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Status } from 'nice-grpc';
import type { CompatServiceDefinition, ServiceImplementation } from 'nice-grpc';
import { grpc, type JobKind, type JobSnapshot } from '../../../libs/api/mod.js';
import { systemClock } from '../../../libs/clock/mod.js';
import { DispatchError } from '../../../libs/dispatch/mod.js';
import { memoryEventLog, type EventEntry, type EventLog } from '../../../libs/eventlog/mod.js';
import type { Cancel, Query } from '../../../libs/link/mod.js';
import { createMetrics } from '../../../libs/ops/mod.js';
import { until, within } from '../../../test/client/until.js';
import { Streams } from '../events/mod.js';
import { CountedLog, Served } from '../events/served.fixture.js';
import { jobMethods } from './mod.js';
import { isStatus } from '../failing.fixture.js';

const START = Date.UTC(2026, 10, 21, 10);

/** A job as an actor tells of it. */
const snapshot = (more: Partial<JobSnapshot> = {}): JobSnapshot => ({
  commandId: 'k1',
  kind: 'variables',
  state: 'running',
  requestId: 5,
  parts: 0,
  missing: [],
  startedAt: START,
  incarnation: 1,
  cursor: 0,
  ...more,
});

const disposals: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

/** The job methods on a real gRPC server, with a station's actor and its events behind them. */
class Rig {
  job: JobSnapshot | null | Error = null;
  readonly asked: { token: string; message: Query | Cancel; withinMs: number }[] = [];
  readonly streams = new Streams(createMetrics(), 3);
  client: grpc.CommandServiceClient = undefined as unknown as grpc.CommandServiceClient;
  number = 0;

  constructor(readonly log: EventLog) {}

  static async start(log: EventLog = memoryEventLog()): Promise<Rig> {
    const rig = new Rig(log);
    const ask = async (token: string, message: Query | Cancel, withinMs: number): Promise<unknown> => {
      rig.asked.push({ token, message, withinMs });
      if (rig.job instanceof Error) throw rig.job;
      return rig.job;
    };
    const methods = jobMethods({
      dispatcher: { ask },
      eventlog: log,
      clock: systemClock(),
      streams: rig.streams,
    });
    const implementation = new Proxy(methods, {
      get: (target, name) =>
        (Reflect.get(target, name) as unknown) ?? (() => Promise.reject(new Error('not here'))),
    });
    const served = await Served.start([
      grpc.CommandServiceDefinition,
      implementation as unknown as ServiceImplementation<CompatServiceDefinition>,
    ]);
    rig.client = served.client(grpc.CommandServiceDefinition);
    disposals.push(async () => {
      await served.stop();
      await log.close();
    });
    return rig;
  }

  /** Appends an event of the station, with the next number. */
  async append(
    type: string,
    data: object,
    { number = ++this.number, time = START, station = 'ST-1', incarnation = 1 } = {},
  ): Promise<number> {
    const event = { time: new Date(time).toISOString(), type, data };
    const entry: EventEntry = {
      station,
      incarnation,
      number,
      type,
      data: Buffer.from(JSON.stringify(event)),
    };
    await this.log.append([entry]);
    return number;
  }

  part(ocpp: object, { report = 'variables' as JobKind, requestId = 5 } = {}): Promise<number> {
    return this.append('report.part', { report, requestId, tbc: true, ocpp: { requestId, ...ocpp } });
  }

  get(more: Partial<grpc.GetJobRequest> = {}) {
    return this.client.getJob({ stationId: 'ST-1', commandId: 'k1', ...more });
  }

  async report(): Promise<unknown> {
    const { report = '' } = await this.get({ withReport: true });
    return report === '' ? '' : (JSON.parse(report) as unknown);
  }

  follow(signal?: AbortSignal) {
    const options = signal === undefined ? {} : { signal };
    return this.client.followJob({ stationId: 'ST-1', commandId: 'k1' }, options)[Symbol.asyncIterator]();
  }
}

const wordOf = (result: IteratorResult<grpc.FollowJobResponse>): unknown => {
  assert.ok(result.done !== true, 'the stream goes on');
  const { message } = result.value;
  return message?.$case === 'part' ? JSON.parse(message.value) : message?.value.state;
};

describe('GetJob', () => {
  test('tells what the actor says', async () => {
    const rig = await Rig.start();
    rig.job = snapshot({ parts: 3, missing: [1], inactiveAt: START + 5, status: 'x' });
    const { job, report } = await rig.get({ stationId: 'café' });
    assert.deepEqual(job, {
      commandId: 'k1',
      kind: 'variables',
      state: grpc.JobState.JOB_STATE_RUNNING,
      requestId: 5,
      status: 'x',
      parts: 3,
      missing: [1],
      startedAt: new Date(START),
      inactiveAt: new Date(START + 5),
    });
    assert.equal(report, '');
    assert.deepEqual(rig.asked[0]?.token, 'caf=C3=A9');
    assert.deepEqual(rig.asked[0]?.message, { kind: 'query', about: 'job', commandId: 'k1' });
    for (const [state, told] of [
      ['completed', 'JOB_STATE_COMPLETED'],
      ['failed', 'JOB_STATE_FAILED'],
      ['inactive', 'JOB_STATE_INACTIVE'],
      ['superseded', 'JOB_STATE_SUPERSEDED'],
    ] as const) {
      const { requestId: _, ...job } = snapshot({ state, kind: 'log' });
      rig.job = job;
      const answer = await rig.get();
      assert.equal(answer.job?.state, told);
      assert.equal(answer.job?.requestId, undefined);
      assert.equal(answer.job?.inactiveAt, undefined);
    }
  });

  test('of no job is NOT_FOUND; of a station that nobody serves UNAVAILABLE; bad ids INVALID_ARGUMENT', async () => {
    const rig = await Rig.start();
    await assert.rejects(rig.get(), isStatus(Status.NOT_FOUND, /no job of command k1 is known/));
    rig.job = new DispatchError('unserved', 'nobody');
    await assert.rejects(rig.get(), isStatus(Status.UNAVAILABLE, /nobody/));
    await assert.rejects(rig.get({ stationId: '' }), isStatus(Status.INVALID_ARGUMENT, /station_id/));
    await assert.rejects(rig.get({ commandId: 'a b' }), isStatus(Status.INVALID_ARGUMENT, /command_id/));
  });

  test('puts the parts together: by their numbers, each once, and nothing else', async () => {
    const rig = await Rig.start();
    await rig.part({ seqNo: 0, reportData: ['before the job'] });
    const from = await rig.log.last();
    await rig.part({ seqNo: 0, reportData: ['of an older job'] });
    const firstEvent = await rig.part({ seqNo: 0, tbc: true, reportData: [1, 2], generatedAt: 'a' });
    await rig.part({ seqNo: 2, tbc: true, reportData: [5], generatedAt: 'c' });
    await rig.part({ seqNo: 0, reportData: ['another request'] }, { requestId: 6 });
    await rig.part({ seqNo: 0, monitor: ['another kind'] }, { report: 'monitoring' });
    await rig.append('report.part', { report: 'variables', requestId: 5 }, { station: 'ST-2', number: 5 });
    await rig.part({ seqNo: 2, tbc: true, reportData: ['a repeat'], generatedAt: 'c' });
    await rig.part({ seqNo: 1, tbc: true, reportData: [3, 4], generatedAt: 'b' });
    const lastEvent = await rig.part({ seqNo: 3, tbc: false, generatedAt: 'd' });
    await rig.part({ seqNo: 4, reportData: ['after the end'] });
    rig.job = snapshot({ state: 'completed', parts: 4, firstEvent, lastEvent, cursor: from });
    assert.deepEqual(await rig.report(), {
      requestId: 5,
      seqNo: 0,
      tbc: false,
      generatedAt: 'd',
      reportData: [1, 2, 3, 4, 5],
    });
  });

  test('joins the text of customer information', async () => {
    const rig = await Rig.start();
    const of = { report: 'customerInformation' as const };
    const firstEvent = await rig.part({ seqNo: 0, data: 'He', tbc: true }, of);
    const lastEvent = await rig.part({ seqNo: 1, data: 'llo' }, of);
    rig.job = snapshot({ kind: 'customerInformation', state: 'completed', firstEvent, lastEvent });
    assert.deepEqual(await rig.report(), { requestId: 5, seqNo: 0, data: 'Hello', tbc: true });
  });

  test('keeps apart whose limits charging profiles hold, and where', async () => {
    const rig = await Rig.start();
    const of = { report: 'chargingProfiles' as const };
    const part = (chargingLimitSource: string, evseId: number, ...chargingProfile: number[]) =>
      rig.part({ chargingLimitSource, evseId, chargingProfile, tbc: true }, of);
    const firstEvent = await part('CSO', 1, 1, 2);
    await part('EMS', 1, 3);
    await part('CSO', 1, 4);
    const lastEvent = await part('CSO', 2, 5);
    rig.job = snapshot({ kind: 'chargingProfiles', state: 'completed', firstEvent, lastEvent });
    assert.deepEqual(await rig.report(), {
      requestId: 5,
      tbc: true,
      reports: [
        { chargingLimitSource: 'CSO', evseId: 1, chargingProfile: [1, 2, 4] },
        { chargingLimitSource: 'EMS', evseId: 1, chargingProfile: [3] },
        { chargingLimitSource: 'CSO', evseId: 2, chargingProfile: [5] },
      ],
    });
  });

  test('of a log gives its last status', async () => {
    const rig = await Rig.start();
    const status = (word: string, requestId?: number) =>
      rig.append('log.status', { status: word, requestId, ocpp: { status: word, requestId } });
    const firstEvent = await status('Uploading', 5);
    await status('Uploading', 6);
    await status('Idle');
    const lastEvent = await status('Uploaded');
    rig.job = snapshot({ kind: 'log', state: 'completed', firstEvent, lastEvent });
    assert.deepEqual(await rig.report(), { status: 'Uploaded', requestId: 5 });
  });

  test('without parts has no report; members of any name are kept', async () => {
    const rig = await Rig.start();
    rig.job = snapshot();
    assert.equal(await rig.report(), '');
    const payload = JSON.parse('{"requestId":5,"__proto__":[1]}') as object;
    const firstEvent = await rig.append('report.part', { report: 'variables', requestId: 5, ocpp: payload });
    rig.job = snapshot({ firstEvent, lastEvent: firstEvent });
    assert.equal((await rig.get({ withReport: true })).report, '{"requestId":5,"__proto__":[1]}');
  });

  test('a report past 3 MiB is RESOURCE_EXHAUSTED; just below it is given, page by page', async () => {
    const log = new CountedLog(memoryEventLog());
    const rig = await Rig.start(log);
    const text = 'x'.repeat(512 * 1024 - 200);
    const firstEvent = await rig.part({ seqNo: 0, reportData: [text] });
    for (let seqNo = 1; seqNo < 6; seqNo++) await rig.part({ seqNo, reportData: [text] });
    rig.job = snapshot({ firstEvent, lastEvent: 6, state: 'completed' });
    const { report = '' } = await rig.get({ withReport: true });
    assert.ok(report.length > 3_000_000);
    assert.ok(log.reads >= 3, `${log.reads} pages`);
    await rig.part({ seqNo: 6, reportData: [text] });
    rig.job = snapshot({ firstEvent, lastEvent: 7, state: 'completed' });
    await assert.rejects(
      rig.get({ withReport: true }),
      isStatus(Status.RESOURCE_EXHAUSTED, /larger than 3 MiB: use FollowJob/),
    );
  });

  test('parts that the log has forgotten are DATA_LOSS', async () => {
    const rig = await Rig.start(memoryEventLog({ maxEntries: 5 }));
    const firstEvent = await rig.part({ seqNo: 0 });
    for (let seqNo = 1; seqNo < 8; seqNo++) await rig.part({ seqNo });
    rig.job = snapshot({ state: 'completed', firstEvent, lastEvent: 8 });
    const isLoss = isStatus(Status.DATA_LOSS, /parts of the job have been forgotten/);
    await assert.rejects(rig.get({ withReport: true }), isLoss);
    for (let count = 0; count < 5; count++) await rig.append('meter.values', {});
    await assert.rejects(rig.get({ withReport: true }), isLoss);
    const stream = rig.follow();
    await stream.next();
    await assert.rejects(within('the end', stream.next()), isLoss);
  });

  test('a part that was too large for its event is DATA_LOSS', async () => {
    const rig = await Rig.start();
    const firstEvent = await rig.append('report.part', {
      report: 'variables',
      requestId: 5,
      omitted: ['ocpp'],
    });
    rig.job = snapshot({ firstEvent, lastEvent: firstEvent });
    await assert.rejects(rig.get({ withReport: true }), isStatus(Status.DATA_LOSS, /too large/));
  });

  test('a part that has not reached the log yet is waited for, but not for ever', async () => {
    const rig = await Rig.start();
    const firstEvent = await rig.part({ seqNo: 0, reportData: [1] });
    rig.job = snapshot({ firstEvent, lastEvent: 2, state: 'completed' });
    const report = rig.report();
    await until('the question', () => rig.asked.length === 1);
    await rig.part({ seqNo: 1, reportData: [2] });
    assert.deepEqual(await report, { requestId: 5, seqNo: 0, reportData: [1, 2] });
    rig.job = snapshot({ firstEvent, lastEvent: 3, state: 'completed' });
    await assert.rejects(
      rig.get({ withReport: true }),
      isStatus(Status.UNAVAILABLE, /have not reached the event log yet/),
    );
  });
});

describe('FollowJob', () => {
  test('gives the job, its parts from the first one on as they come, and the job when it is over', async () => {
    const rig = await Rig.start();
    const firstEvent = await rig.part({ seqNo: 0 });
    const lastEvent = await rig.part({ seqNo: 1 });
    rig.job = snapshot({ parts: 2, firstEvent, lastEvent, inactiveAt: START + 1 });
    const stream = rig.follow();
    assert.equal(wordOf(await stream.next()), 'JOB_STATE_RUNNING');
    assert.deepEqual(wordOf(await stream.next()), { requestId: 5, seqNo: 0 });
    assert.deepEqual(wordOf(await stream.next()), { requestId: 5, seqNo: 1 });
    await rig.part({ seqNo: 0 }, { requestId: 9 });
    await rig.append('job.completed', { commandId: 'k0', state: 'completed' });
    await rig.part({ seqNo: 2, tbc: false });
    assert.deepEqual(wordOf(await stream.next()), { requestId: 5, seqNo: 2, tbc: false });
    const over = {
      commandId: 'k1',
      kind: 'variables',
      state: 'completed',
      requestId: 5,
      parts: 3,
      missing: [7],
    };
    await rig.append('job.completed', over);
    const last = await within('the job', stream.next());
    assert.deepEqual((last.value as grpc.FollowJobResponse).message?.value, {
      ...over,
      state: grpc.JobState.JOB_STATE_COMPLETED,
      status: '',
      startedAt: new Date(START),
      inactiveAt: undefined,
    });
    assert.equal((await stream.next()).done, true);
    await until('the end', () => rig.streams.count('FollowJob') === 0);
    assert.equal(rig.asked.length, 1);
  });

  test('of a job that has no part yet takes none of an older job of the same request id', async () => {
    const rig = await Rig.start();
    await rig.append(
      'report.part',
      { report: 'variables', requestId: 5, ocpp: { old: true } },
      { time: START - 1 },
    );
    await rig.append('job.completed', { commandId: 'k1', state: 'superseded' }, { time: START - 1 });
    rig.job = snapshot();
    const stream = rig.follow();
    assert.equal(wordOf(await stream.next()), 'JOB_STATE_RUNNING');
    await rig.part({ seqNo: 0 });
    assert.deepEqual(wordOf(await stream.next()), { requestId: 5, seqNo: 0 });
    await stream.return?.();
  });

  test('of a job that is over gives everything and ends', async () => {
    const rig = await Rig.start();
    const firstEvent = await rig.part({ seqNo: 0 });
    const lastEvent = await rig.part({ seqNo: 1 });
    await rig.part({ seqNo: 2 });
    rig.job = snapshot({ state: 'inactive', parts: 2, firstEvent, lastEvent });
    const words: unknown[] = [];
    for await (const response of rig.client.followJob({ stationId: 'ST-1', commandId: 'k1' }))
      words.push(wordOf({ done: false, value: response }));
    const state = 'JOB_STATE_INACTIVE';
    assert.deepEqual(words, [state, { requestId: 5, seqNo: 0 }, { requestId: 5, seqNo: 1 }, state]);
    rig.job = snapshot({ state: 'superseded' });
    const empty = rig.follow();
    assert.equal(wordOf(await empty.next()), 'JOB_STATE_SUPERSEDED');
    assert.equal(wordOf(await empty.next()), 'JOB_STATE_SUPERSEDED');
    assert.equal((await empty.next()).done, true);
  });

  test('of no job is NOT_FOUND; so many at once; whoever leaves is not waited for', async () => {
    const rig = await Rig.start();
    await assert.rejects(rig.follow().next(), isStatus(Status.NOT_FOUND, /no job/));
    rig.job = snapshot();
    const leaving = new AbortController();
    const streams = [0, 1, 2].map(() => rig.follow(leaving.signal));
    for (const stream of streams) await stream.next();
    await assert.rejects(
      rig.follow().next(),
      isStatus(Status.RESOURCE_EXHAUSTED, /3 streams of FollowJob are open/),
    );
    const waiting = streams.map((stream) => assert.rejects(stream.next(), /aborted/));
    leaving.abort();
    await Promise.all(waiting);
    await until('all to be over', () => rig.streams.count('FollowJob') === 0);
  });
});
