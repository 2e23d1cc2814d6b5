import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Question, StationEvent } from '../../libs/api/mod.js';
import { memoryBus } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { memoryEventLog } from '../../libs/eventlog/mod.js';
import {
  decodeDown,
  encodeUp,
  shardOf,
  stationToken,
  subjects,
  type Connection,
  type DecodedDown,
} from '../../libs/link/mod.js';
import { createMetrics, silentLogger } from '../../libs/ops/mod.js';
import { memoryStore } from '../../libs/store/mod.js';
import { RecordingTracer } from '../../libs/tracing/testing/recording-tracer.js';
import { WorkerSpans } from './spans.js';
import { startWorker } from './start.js';
import { DEFAULT_STATION_CONFIG } from './station/mod.js';

const SHARDS = 8;
const TOKEN = stationToken('CS 1');
const SUBJECT = subjects.up(shardOf(TOKEN, SHARDS), TOKEN);
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = (span: number) => `00-${TRACE}-${span.toString(16).padStart(16, 'f')}-01`;
const connection: Connection = {
  ...{ edgeId: 'edge-1', connectionId: 'c1', version: '1.6', connectedAt: 1 },
  provisioned: true,
  securityProfile: 0,
};
const START = { connectorId: 1, idTag: 'CARD', meterStart: 0, timestamp: '2026-03-01T10:00:00.000Z' };

/** A worker that traces, unless `tracer` is undefined; the test is the edge and the business services. */
async function rig(t: TestContext, tracer: RecordingTracer | undefined) {
  const clock = new ManualClock();
  const bus = memoryBus({ clock });
  const log = memoryEventLog({ clock });
  const heard: DecodedDown[] = [];
  bus.subscribe(subjects.connectionsOf('edge-1'), ({ data }) => void heard.push(decodeDown(data)));
  const worker = await startWorker({
    ...{ bus, clock, tracer },
    store: memoryStore({ clock, shards: SHARDS }),
    eventlog: log,
    logger: silentLogger(),
    metrics: createMetrics(),
    config: {
      ...{ workerId: 'w1', leaseTtlMs: 30_000, decisionTimeoutMs: 1_000, commandTimeoutMs: 5_000 },
      ownDecisions: new Set(),
      passivateAfterMs: 60_000,
      station: { ...DEFAULT_STATION_CONFIG, asks: new Set(['StartTransaction'] as const) },
    },
  });
  t.after(async () => {
    const closed = worker.close();
    await clock.advance(5_000);
    await closed;
  });
  const up = async (action: string, payload: object, id: string, more: object = {}) => {
    const raw = Buffer.from(JSON.stringify(payload));
    bus.publish(SUBJECT, encodeUp({ kind: 'call', connection, id, action, payload: raw, ...more }));
    await clock.settle();
  };
  const events = async () =>
    (await log.read({ after: 0, limit: 100 })).entries.map(({ data }) => Buffer.from(data).toString());
  bus.publish(SUBJECT, encodeUp({ kind: 'connected', connection, resumed: false }));
  await up('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }, 'boot');
  heard.length = 0;
  return { clock, bus, heard, up, events };
}

const NO_BYTES = new Uint8Array(0);
const tracer = () => new RecordingTracer();
const parsed = (event: string | undefined) => JSON.parse(event ?? '{}') as StationEvent;

test('a traced CALL has a span, with the commit below it; its events are of that span', async (t) => {
  const spans = tracer();
  const { up, heard, events } = await rig(t, spans);
  await up('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available' }, 's', {
    traceparent: traceparent(1),
  });
  assert.equal(heard.length, 1);
  assert.deepEqual(spans.lines, ['handle StatusNotification', 'commit']);
  const [handled, commit] = spans.spans;
  assert.deepEqual([handled?.parent, commit?.parent], [traceparent(1), handled?.traceparent]);
  assert.deepEqual(handled?.notes, ['taken from the mailbox']);
  assert.equal(handled?.attributes['ocpp.outcome'], 'result');
  assert.equal(commit?.attributes['stationmaster.events'], 1);
  assert.equal(parsed((await events()).at(-1)).traceparent, handled?.traceparent);
});

test('what is not traced has none, in the events neither', async (t) => {
  const spans = tracer();
  const { up, events } = await rig(t, spans);
  await up('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available' }, 's');
  assert.deepEqual(spans.spans, []);
  for (const event of await events()) assert.equal('traceparent' in parsed(event), false);
});

test('a decision has a span below, whose traceparent goes with the question; the CALL lasts until its answer', async (t) => {
  const spans = tracer();
  const { up, bus, clock, heard, events } = await rig(t, spans);
  const questions: Question[] = [];
  let answer: (() => void) | undefined;
  bus.subscribe(subjects.decision('StartTransaction', '*'), ({ data, reply = '' }) => {
    questions.push(JSON.parse(Buffer.from(data).toString()) as Question);
    answer = () => bus.publish(reply, Buffer.from('{"idTagInfo":{"status":"Accepted"}}'));
  });
  await up('StartTransaction', START, 's', { traceparent: traceparent(1) });
  assert.equal(heard.length, 0);
  const [handled, decision] = spans.spans;
  assert.equal(decision?.name, 'decide StartTransaction');
  assert.equal(decision?.parent, handled?.traceparent);
  assert.equal(questions[0]?.traceparent, decision?.traceparent);
  assert.deepEqual(spans.lines, ['[handle StartTransaction]', '[decide StartTransaction]']);
  answer?.();
  await clock.settle();
  assert.equal(heard.length, 1);
  assert.deepEqual(spans.lines, ['handle StartTransaction', 'decide StartTransaction', 'commit']);
  assert.equal(decision?.attributes['stationmaster.decision'], 'decided');
  assert.equal(parsed((await events()).at(-1)).traceparent, handled?.traceparent);
});

test('a decision that comes too late fails, and says that the default held', async (t) => {
  const spans = tracer();
  const { up, bus, clock, heard } = await rig(t, spans);
  bus.subscribe(subjects.decision('StartTransaction', '*'), () => undefined);
  await up('StartTransaction', START, 's', { traceparent: traceparent(1) });
  await clock.advance(3_000);
  assert.equal(heard.length, 1);
  assert.deepEqual(spans.lines, ['handle StartTransaction', 'decide StartTransaction: late', 'commit']);
  assert.equal(spans.spans[1]?.attributes['stationmaster.default'], true);
});

test('a CALL that comes again under another span gets the same answer, and makes no other event', async (t) => {
  const spans = tracer();
  const { up, heard, events } = await rig(t, spans);
  await up('StartTransaction', START, 's', { traceparent: traceparent(1) });
  const before = await events();
  await up('StartTransaction', START, 's', { traceparent: traceparent(2) });
  await up('StartTransaction', START, 's');
  assert.deepEqual(await events(), before);
  assert.equal(heard.length, 3);
  assert.deepEqual(heard[1], heard[0]);
  assert.deepEqual(heard[2], heard[0]);
  assert.deepEqual(spans.lines.slice(-1), ['handle StartTransaction']);
});

test('a CALL that comes again while it waits is noted in its span', async (t) => {
  const spans = tracer();
  const { up, bus } = await rig(t, spans);
  bus.subscribe(subjects.decision('StartTransaction', '*'), () => undefined);
  await up('StartTransaction', START, 's', { traceparent: traceparent(1) });
  await up('StartTransaction', START, 's', { traceparent: traceparent(1) });
  assert.deepEqual(spans.lines, ['[handle StartTransaction]', '[decide StartTransaction]']);
  assert.deepEqual(spans.spans[0]?.notes, [
    'taken from the mailbox',
    'asked for a decision',
    'came again',
    'taken from the mailbox',
  ]);
});

test('a CALL of a connection that is over is not answered, and its span says so', async (t) => {
  const spans = tracer();
  const { up, bus, clock, heard } = await rig(t, spans);
  const newer = { ...connection, connectionId: 'c2', connectedAt: 2 };
  bus.publish(SUBJECT, encodeUp({ kind: 'connected', connection: newer, resumed: false }));
  await clock.settle();
  heard.length = 0;
  await up('Heartbeat', {}, 'h', { traceparent: traceparent(1) });
  assert.deepEqual(spans.lines, ['handle Heartbeat: not answered: its connection is over']);
});

test('spans of CALLs that are never answered here end, by their age and by their number', async () => {
  const spans = tracer();
  const clock = new ManualClock();
  const host = new WorkerSpans(spans, clock).host({ deliver: () => 'accepted' });
  const say = (id: string) => {
    const call = { type: 'call', connection, id, action: 'Heartbeat', payload: {}, raw: NO_BYTES } as const;
    host.deliver(TOKEN, { ...call, traceparent: traceparent(1) });
  };
  const open = () => spans.spans.filter(({ ended }) => !ended).length;
  say('old');
  await clock.advance(11 * 60_000);
  say('new');
  assert.deepEqual(spans.lines, ['handle Heartbeat: not answered', '[handle Heartbeat]']);
  for (let id = 0; id < 10_000; id++) say(String(id));
  assert.equal(open(), 8192);
});

test('what the host does not take is told in the span', () => {
  const spans = tracer();
  const host = new WorkerSpans(spans, new ManualClock()).host({ deliver: () => 'full' });
  const call = {
    type: 'call',
    connection,
    id: 'a',
    action: 'Heartbeat',
    payload: {},
    raw: NO_BYTES,
  } as const;
  assert.equal(host.deliver(TOKEN, { ...call, traceparent: traceparent(1) }), 'full');
  assert.deepEqual(spans.lines, ['handle Heartbeat: full']);
});

test('a worker that does not trace passes on the traceparent of the edge', async (t) => {
  const { up, bus, events } = await rig(t, undefined);
  const asked: (string | undefined)[] = [];
  bus.subscribe(subjects.decision('StartTransaction', '*'), ({ data, reply = '' }) => {
    asked.push((JSON.parse(Buffer.from(data).toString()) as Question).traceparent);
    bus.publish(reply, Buffer.from('{"idTagInfo":{"status":"Accepted"}}'));
  });
  await up('StartTransaction', START, 's', { traceparent: traceparent(1) });
  assert.deepEqual(asked, [traceparent(1)]);
  assert.equal(parsed((await events()).at(-1)).traceparent, traceparent(1));
});
