import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { BENCHMARKS } from './benchmarks.js';
import type { Report } from './harness/report.js';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));

async function bench(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode ?? -1, out, err };
}

/** Subjects and, where it is always the same, the number of rows. */
const EXPECTED: Readonly<Record<string, { readonly subjects: readonly string[]; readonly rows?: number }>> = {
  codec: { subjects: ['decode+check', 'encode', 'ocpp-rpc', 'plain ajv'], rows: 4 * (5 + 6 + 6) },
  envelope: { subjects: ['envelope'] },
  roundtrip: {
    subjects: [
      'distributed',
      'distributed, with NATS and Redis',
      'echo',
      'ocpp-rpc',
      'standalone',
      'ws echo',
    ],
    // One message, and its latencies at three rates in two ways of running it.
    rows: 6 + 2 * 3,
  },
  replay: { subjects: ['JetStream', 'LMDB', 'memory'], rows: 2 * 3 },
  decisions: { subjects: ['answers', 'answers wrong', 'hangs', 'has crashed'] },
  idle: { subjects: ['echo', 'edge', 'ocpp-rpc', 'redis', 'worker'], rows: 3 + 4 },
  storm: {
    subjects: ['again', 'again, TLS', 'echo, connect only', 'first time', 'ocpp-rpc, no auth.'],
    rows: 3 + 2 * 3 + 3,
  },
  scale: { subjects: ['100 stations'], rows: 2 },
  commands: { subjects: ['NATS echo', 'gRPC echo', 'gateway'], rows: 4 },
};

for (const { name } of BENCHMARKS) {
  test(`a quick run of ${name} measures every subject, all answers right, and writes its report`, async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'stationmaster-bench-test-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const { status, out, err } = await bench(name, '--quick', '--out', folder);
    // The load process ends the run on the first answer that is wrong.
    assert.equal(status, 0, err);

    const [file = '', ...others] = readdirSync(folder);
    assert.deepEqual(others, []);
    const report = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Report;
    const { benchmark, quick, machine, startedAt, samples, rows } = report;
    assert.equal(benchmark, name);
    assert.equal(quick, true);
    assert.ok(machine.cpu !== '' && machine.cores > 0 && machine.memoryBytes > 0 && machine.commit !== '');
    assert.equal(machine.node, process.versions.node);
    assert.ok(!Number.isNaN(Date.parse(startedAt)));
    for (const { cpu } of samples) assert.ok(cpu >= 0);
    for (const row of rows) {
      assert.equal(row.verdict === undefined, row.target === undefined);
      assert.ok(out.includes(row.case));
    }
    const expected = EXPECTED[name];
    if (expected === undefined) return;
    assert.deepEqual([...new Set(rows.map(({ subject }) => subject))].sort(), expected.subjects);
    assert.equal(rows.length, expected.rows ?? rows.length);
  });
}

test('an unknown benchmark is refused by one line and status 2', async () => {
  const { status, out, err } = await bench('codecs');
  assert.equal(status, 2);
  assert.equal(out, '');
  assert.equal(
    err.trim(),
    `stationmaster: there is no benchmark 'codecs'; there are: ${BENCHMARKS.map(({ name }) => name).join(', ')}`,
  );
});
