import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_CELLS } from './metric-cells.js';
import { createMetrics } from './mod.js';

const linesOf = async (text: Promise<string>, name: string) =>
  (await text).split('\n').filter((line) => line.includes(name));

test('a counter shows what its cells have counted, each time it is read', async () => {
  const metrics = createMetrics();
  const counter = metrics.counter({ name: 'stationmaster_things_total', help: 'Things.', labels: ['kind'] });
  const cell = counter.cell('a');
  cell.add();
  cell.add(4);
  counter.cell('b').add(0.5);
  assert.equal(counter.cell('a'), cell);
  assert.equal(cell.value, 5);
  const expected = [
    '# HELP stationmaster_things_total Things.',
    '# TYPE stationmaster_things_total counter',
    'stationmaster_things_total{kind="a"} 5',
    'stationmaster_things_total{kind="b"} 0.5',
  ];
  assert.deepEqual(await linesOf(metrics.text(), 'stationmaster_things'), expected);
  assert.deepEqual(await linesOf(metrics.text(), 'stationmaster_things'), expected);
});

test('a counter without labels is there from the start, at zero', async () => {
  const metrics = createMetrics();
  metrics.counter({ name: 'stationmaster_none_total', help: 'None.' });
  assert.equal(
    (await linesOf(metrics.text(), 'stationmaster_none_total')).at(-1),
    'stationmaster_none_total 0',
  );
});

test('a gauge is read when the metrics are read', async () => {
  const metrics = createMetrics();
  let value = 1;
  metrics.gauge({ name: 'stationmaster_level', help: 'Level.' }, () => value);
  let parts: [string[], number][] = [[['x'], 7]];
  metrics.gauge({ name: 'stationmaster_part', help: 'Part.', labels: ['part'] }, () => parts);
  value = 2;
  assert.equal((await linesOf(metrics.text(), 'stationmaster_level')).at(-1), 'stationmaster_level 2');
  assert.equal(
    (await linesOf(metrics.text(), 'stationmaster_part')).at(-1),
    'stationmaster_part{part="x"} 7',
  );
  parts = [];
  assert.match((await linesOf(metrics.text(), 'stationmaster_part')).at(-1) ?? '', /^# TYPE/);
});

test('a histogram counts into cumulative buckets, with sum and count', async () => {
  const metrics = createMetrics();
  const histogram = metrics.histogram({
    name: 'stationmaster_wait_seconds',
    help: 'Wait.',
    buckets: [0.1, 1],
    labels: ['outcome'],
  });
  const cell = histogram.cell('ok');
  for (const value of [0.05, 0.1, 0.5, 3]) cell.observe(value);
  assert.deepEqual(await linesOf(metrics.text(), 'stationmaster_wait_seconds'), [
    '# HELP stationmaster_wait_seconds Wait.',
    '# TYPE stationmaster_wait_seconds histogram',
    'stationmaster_wait_seconds_bucket{le="0.1",outcome="ok"} 2',
    'stationmaster_wait_seconds_bucket{le="1",outcome="ok"} 3',
    'stationmaster_wait_seconds_bucket{le="+Inf",outcome="ok"} 4',
    'stationmaster_wait_seconds_sum{outcome="ok"} 3.65',
    'stationmaster_wait_seconds_count{outcome="ok"} 4',
  ]);
});

test('label values without end share one cell', async () => {
  const metrics = createMetrics();
  const counter = metrics.counter({ name: 'stationmaster_wild_total', help: 'Wild.', labels: ['name'] });
  for (let at = 0; at < MAX_CELLS + 50; at++) counter.cell(`n${at}`).add();
  const lines = await linesOf(metrics.text(), 'stationmaster_wild_total{');
  assert.equal(lines.length, MAX_CELLS + 1);
  assert.equal(lines.at(-1), 'stationmaster_wild_total{name="other"} 50');
});

test('label values are escaped', async () => {
  const metrics = createMetrics();
  metrics
    .counter({ name: 'stationmaster_odd_total', help: 'Odd.', labels: ['name'] })
    .cell('a"b\n\\')
    .add();
  const lines = await linesOf(metrics.text(), 'stationmaster_odd_total{');
  assert.deepEqual(lines, ['stationmaster_odd_total{name="a\\"b\\n\\\\"} 1']);
});

test('names that Prometheus or we would not want are refused', () => {
  const metrics = createMetrics();
  assert.throws(
    () => metrics.counter({ name: 'stationmaster_things', help: 'Some.' }),
    /stationmaster_…_total/,
  );
  assert.throws(() => metrics.counter({ name: 'things_total', help: 'Some.' }), /stationmaster_…_total/);
  assert.throws(() => metrics.gauge({ name: 'stationmaster_Big', help: 'Some.' }, () => 1), /snake_case/);
  const counter = metrics.counter({ name: 'stationmaster_a_total', help: 'Some.', labels: ['x'] });
  assert.throws(() => counter.cell(), /labels are \(x\), got 0 values/);
});

test('the process itself is measured, but for its garbage collections: watching them costs too much', async () => {
  const text = await createMetrics().text();
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_open_fds',
    'process_max_fds',
    'process_start_time_seconds',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_heap_size_used_bytes',
  ]) {
    assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'));
  }
  assert.doesNotMatch(text, /nodejs_gc/);
});
