import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../clock/mod.js';
import { openTelemetry } from './otel.js';
import { SpanTime } from './span-time.js';
import { parseTraceparent } from './traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const START = { kind: 'server' } as const;

async function rig(ratio: number, random: () => number = () => 0.5) {
  const clock = new ManualClock(1_790_000_000_000);
  const service = { name: 'test', instanceId: 'a' };
  const { tracerTo } = await openTelemetry({
    url: 'http://127.0.0.1:9/v1/traces',
    service,
    headers: () => ({}),
  });
  const ended: Parameters<Parameters<typeof tracerTo>[0]['ended']>[0][] = [];
  const tracer = tracerTo({ clock, ratio, random, ended: (span) => void ended.push(span) });
  return { clock, tracer, ended };
}

test('of what begins here the ratio is sampled', async () => {
  for (const [ratio, expected] of [
    [0, 0],
    [0.25, 25],
    [1, 100],
  ] as const) {
    let at = 0;
    const { tracer } = await rig(ratio, () => (at++ % 100) / 100);
    let sampled = 0;
    for (let call = 0; call < 100; call++) if (tracer.begin('x', START) !== undefined) sampled++;
    assert.equal(sampled, expected);
  }
});

test('a traceparent decides, whatever the ratio; what is none is ignored', async () => {
  const { tracer: never } = await rig(0);
  const parent = `00-${TRACE}-${SPAN}-01`;
  assert.equal(parseTraceparent(never.begin('x', { ...START, parent })?.traceparent)?.traceId, TRACE);
  assert.equal(never.begin('x', { ...START, parent: 'nonsense' }), undefined);
  const { tracer: always } = await rig(1);
  assert.equal(always.begin('x', { ...START, parent: `00-${TRACE}-${SPAN}-00` }), undefined);
  const own = always.begin('x', { ...START, parent: 'nonsense' });
  assert.notEqual(own, undefined);
  assert.notEqual(parseTraceparent(own?.traceparent)?.traceId, TRACE);
});

test('only what is traced is followed', async () => {
  const { tracer } = await rig(1);
  assert.equal(tracer.follow(undefined, 'x', START), undefined);
  assert.equal(tracer.follow('nonsense', 'x', START), undefined);
  assert.equal(tracer.follow(`00-${TRACE}-${SPAN}-00`, 'x', START), undefined);
  assert.notEqual(tracer.follow(`00-${TRACE}-${SPAN}-01`, 'x', START), undefined);
});

test('a span has the time of the clock, its parent, and what was said of it, once it has ended', async () => {
  const { clock, tracer, ended } = await rig(1);
  const span = tracer.follow(`00-${TRACE}-${SPAN}-01`, 'work', START);
  span?.set({ 'station.id': 'CS 1' });
  await clock.advance(7);
  span?.note('half');
  await clock.advance(3);
  span?.fail('why');
  assert.equal(ended.length, 0);
  span?.end();
  span?.end();
  const [one, ...others] = ended;
  assert.deepEqual(others, []);
  assert.deepEqual([one?.name, one?.parentSpanContext?.spanId], ['work', SPAN]);
  assert.deepEqual(one?.startTime, [1_790_000_000, 0]);
  assert.deepEqual(one?.events[0]?.time, [1_790_000_000, 7_000_000]);
  assert.deepEqual(one?.endTime, [1_790_000_000, 10_000_000]);
  assert.deepEqual(one?.attributes, { 'station.id': 'CS 1' });
  assert.equal(one?.status.message, 'why');
});

test('what a span may hold is limited', async () => {
  const { tracer, ended } = await rig(1);
  const span = tracer.begin('x', START);
  span?.set({ long: 'x'.repeat(100_000) });
  for (let at = 0; at < 1_000; at++) {
    span?.set({ [`a${at}`]: at });
    span?.note('again');
  }
  span?.end();
  const [one] = ended;
  assert.equal(String(one?.attributes['long']).length, 512);
  assert.equal(Object.keys(one?.attributes ?? {}).length, 32);
  assert.equal(one?.events.length, 32);
});

test('the time of spans has parts of a millisecond, never goes back by itself, and follows a clock that is set', () => {
  let wall = 1_000_000;
  let monotonic = 5.25;
  const time = new SpanTime({ now: () => wall, monotonic: () => monotonic });
  assert.equal(time.now(), 1_000_000);
  monotonic += 0.5;
  assert.equal(time.now(), 1_000_000.5);
  wall += 1;
  assert.equal(time.now(), 1_000_000.5);
  wall += 3_600_000;
  assert.equal(time.now(), wall);
});
