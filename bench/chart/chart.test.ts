import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { AT_MOST } from '../benchmark.js';
import type { Row } from '../harness/report.js';
import { drawChart } from './chart.js';
import { newestResults, type Result } from './results.js';

const MACHINE: Result['machine'] = {
  cpu: 'CPU <1> & "2"',
  cores: 2,
  memoryBytes: 1,
  os: 'Debian',
  kernel: 'Linux 6.1',
  arch: 'x64',
  node: '20.0.0',
  load: 0,
  commit: 'none',
};

const row = (subject: string, ratio: number, more: Partial<Row> = {}): Row => ({
  case: '1.6 Heartbeat',
  subject,
  reference: 'echo',
  cpu: 8 * ratio,
  referenceCpu: 8,
  ratio: { median: ratio, min: ratio, max: ratio },
  figures: {},
  ...more,
});

const result = (benchmark: string, rows: readonly Row[], day = 21): Result => ({
  benchmark,
  startedAt: `2026-11-${day}T00:00:00.000Z`,
  machine: MACHINE,
  rows,
});

const ROUNDTRIP = result('roundtrip', [
  row('distributed', 2, { target: 2.5 }),
  row('distributed, with NATS and Redis', 4, { target: 6 }),
  row('standalone', 1.25, { target: 1.5 }),
  row('ocpp-rpc', 3),
  row('echo', 1),
  row('distributed', 0.5, { case: '1.6 Heartbeat at 50 %', reference: AT_MOST, figure: 'p99 ms', target: 1 }),
]);
const CODEC = result('codec', [
  row('decode', 1.2, { case: 'small', reference: 'JSON.parse', target: 1.4 }),
  row('decode', 1.54, { case: 'large', reference: 'JSON.parse', target: 1.4 }),
  row('decode', 9, { case: 'without a target', reference: 'JSON.parse' }),
]);

/** Right ends of the bars of a class, in pixels. */
const ends = (svg: string, className: string): number[] =>
  [
    ...svg.matchAll(
      new RegExp(`<rect x="(\\S+)" y="\\S+" width="(\\S+)" height="12" class="${className}"/>`, 'g'),
    ),
  ].map(([, x, width]) => Number(x) + Number(width));

const marks = (svg: string, className: string): number[] =>
  [...svg.matchAll(new RegExp(`<line class="${className}" x1="(\\S+)"`, 'g'))].map(([, x]) => Number(x));

test('bars are as long as their multiples of the echo, with marks at the targets', () => {
  const svg = drawChart([ROUNDTRIP]);
  // From 0 at 210 to 6 at 600 pixels.
  assert.deepEqual(ends(svg, 'ours'), [210 + 2 * 65]);
  assert.deepEqual(ends(svg, 'servers'), [210 + 4 * 65]);
  assert.deepEqual(ends(svg, 'other'), [210 + 3 * 65]);
  // Coordinates have one decimal.
  assert.equal(ends(svg, 'second')[0], 291.3);
  assert.deepEqual(marks(svg, 'target dotted'), [600]);
  assert.deepEqual(marks(svg, 'line')[0], 275);
  assert.ok(svg.includes('2.00× · 16.0 µs · 4.00× in all'));
});

test('of every other subject with a target the worst case is shown as a share of the target', () => {
  const svg = drawChart([CODEC, ROUNDTRIP]);
  assert.ok(svg.includes('1.10× · large'));
  assert.ok(!svg.includes('small<') && !svg.includes('without a target'));
  assert.ok(svg.includes('distributed, p99 ms') && svg.includes('0.50× · 1.6 Heartbeat at 50 %'));
});

test('a bar that is far too long is cut off, its figure is not', () => {
  const svg = drawChart([result('roundtrip', [row('standalone', 250, { target: 1.5 })])]);
  assert.deepEqual(ends(svg, 'second'), [600]);
  assert.ok(svg.includes('250.0× · 2000.0 µs'));
});

test('the picture says in words what it shows, and needs nothing beside it', () => {
  const svg = drawChart([ROUNDTRIP]);
  assert.match(svg, /^<svg [^>]*role="img" aria-labelledby="title desc"><title id="title">[^<]+<\/title>/);
  assert.match(svg, /<desc id="desc">[^<]*standalone 1\.25×, target 1\.5;[^<]*<\/desc>/);
  assert.ok(svg.includes('CPU &lt;1> &amp; &quot;2&quot;, 2 cores, Node 20.0.0, 2026-11-21.'));
  assert.ok(svg.includes('prefers-color-scheme:dark'));
  assert.doesNotMatch(svg, /href|url\(|@import|<script|<image/);
});

test('the same results give the same bytes, and results without round trips a picture too', () => {
  assert.equal(drawChart([CODEC, ROUNDTRIP]), drawChart([CODEC, ROUNDTRIP]));
  assert.ok(drawChart([CODEC]).includes('decode'));
  assert.ok(drawChart([]).includes('Nothing has been measured.'));
});

async function folderOf(t: TestContext, files: Readonly<Record<string, object>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-chart-test-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, json] of Object.entries(files)) {
    await writeFile(path.join(folder, name), JSON.stringify(json));
  }
  return folder;
}

test('the newest result of each benchmark counts; quick ones and files of others do not', async (t) => {
  const without = { ...row('standalone', 1), ratio: { median: null, min: null, max: null } };
  const folder = await folderOf(t, {
    '1.json': result('roundtrip', [], 20),
    '2.json': { ...ROUNDTRIP, rows: [...ROUNDTRIP.rows, without] },
    '3.json': result('roundtrip', [], 19),
    '4.json': { ...result('codec', [], 22), quick: true },
    '5.json': CODEC,
    '6.json': { benchmark: 'faults', startedAt: '', machine: MACHINE, rounds: [] },
    'notes.txt': {},
  });
  assert.deepEqual(await newestResults(folder), [CODEC, ROUNDTRIP]);
});

test('docs/performance.svg is the chart of bench/results', async () => {
  assert.equal(
    await readFile('docs/performance.svg', 'utf8'),
    drawChart(await newestResults('bench/results')),
    'out of date: npm run bench -- --draw',
  );
});
