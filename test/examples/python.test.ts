import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { distributed } from '../topology/distributed.js';
import { inProcess } from '../topology/standalone.js';
import { checkService, REMOTE, startTopology } from './check-service.js';
import { python, stubs } from './python.js';

const REQUIREMENTS = ['examples/python-nats/requirements.txt', 'examples/python-grpc/requirements.txt'];
test('the service in Python over gRPC, standalone, a 2.0.1 station', async (t) => {
  const venv = await python(REQUIREMENTS);
  if ('missing' in venv) return t.skip(venv.missing);
  const folder = await stubs(venv.program);
  t.after(() => rm(folder, { recursive: true }));
  const topology = await startTopology(t, inProcess('uws'));
  await checkService(t, topology, '2.0.1', {
    command: venv.program,
    args: ['examples/python-grpc/service.py', topology.grpcAddress, REMOTE],
    env: { PYTHONPATH: folder },
  });
});

test('the service in Python over plain NATS, distributed, a 1.6 station', async (t) => {
  const venv = await python(REQUIREMENTS);
  if ('missing' in venv) return t.skip(venv.missing);
  const topology = await startTopology(t, distributed);
  await checkService(t, topology, '1.6', {
    command: venv.program,
    args: ['examples/python-nats/service.py', topology.natsUrl ?? '', REMOTE],
  });
});
