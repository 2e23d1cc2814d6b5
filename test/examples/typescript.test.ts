import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { distributed } from '../topology/distributed.js';
import { inProcess } from '../topology/standalone.js';
import { checkService, REMOTE, startTopology } from './check-service.js';

for (const [name, start, version] of [
  ['standalone', inProcess('uws'), '1.6'],
  ['distributed', distributed, '2.1'],
] as const) {
  test(`the service in TypeScript, ${name}, a ${version} station`, async (t) => {
    const topology = await startTopology(t, start);
    const script = fileURLToPath(new URL('../../examples/typescript/service.js', import.meta.url));
    await checkService(t, topology, version, {
      command: process.execPath,
      args: [script, topology.grpcAddress, REMOTE],
    });
  });
}

test('each form of the service is less than 60 lines', () => {
  for (const file of ['typescript/service.ts', 'python-nats/service.py', 'python-grpc/service.py']) {
    const lines = readFileSync(`examples/${file}`, 'utf8').trimEnd().split('\n');
    assert.ok(lines.length < 60, `${file} has ${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= 120, `${file}: ${line}`);
  }
});
