import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Report } from './harness/report.js';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));

async function bench(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode ?? -1, out, err };
}

test('a quick run measures every subject of every benchmark, all answers right, and writes reports', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'stationmaster-bench-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { status, out, err } = await bench('--quick', '--out', folder);
  // The load process ends the run on the first answer that is wrong.
  assert.equal(status, 0, err);

  const reports = readdirSync(folder)
    .sort()
    .map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Report);
  assert.deepEqual(
    reports.map(({ benchmark }) => benchmark),
    ['codec', 'decisions', 'envelope', 'replay', 'roundtrip'],
  );
  for (const { quick, machine, startedAt, samples, rows } of reports) {
    assert.equal(quick, true);
    assert.ok(machine.cpu !== '' && machine.cores > 0 && machine.memoryBytes > 0 && machine.commit !== '');
    assert.equal(machine.node, process.versions.node);
    assert.ok(!Number.isNaN(Date.parse(startedAt)));
    for (const { cpu } of samples) assert.ok(cpu >= 0);
    for (const row of rows) {
      assert.equal(row.verdict === undefined, row.target === undefined);
      assert.ok(out.includes(row.case));
    }
  }
  const subjects = (report: Report | undefined) =>
    [...new Set(report?.rows.map(({ subject }) => subject))].sort();
  assert.deepEqual(subjects(reports[0]), ['decode+check', 'encode']);
  assert.deepEqual(subjects(reports[2]), ['envelope']);
  assert.deepEqual(subjects(reports[4]), ['echo', 'ocpp-rpc', 'standalone']);
  assert.equal(reports[0]?.rows.length, 2 * 3 * 5);
  assert.equal(reports[4]?.rows.length, 4 * 3);
  assert.equal(reports[4]?.settings['roundTrips'], 400);
  assert.deepEqual(subjects(reports[3]), ['JetStream', 'LMDB', 'memory']);
  assert.equal(reports[3]?.rows.length, 2 * 3);
  assert.deepEqual(subjects(reports[1]), ['answers', 'answers wrong', 'hangs', 'has crashed']);
});

test('an unknown benchmark is refused by one line and status 2', async () => {
  const { status, out, err } = await bench('codecs');
  assert.equal(status, 2);
  assert.equal(out, '');
  assert.equal(
    err.trim(),
    "stationmaster: there is no benchmark 'codecs'; there are: codec, envelope, roundtrip, replay, decisions",
  );
});
