import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryBus } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { subjects } from '../../libs/link/mod.js';
import { createMetrics, silentLogger } from '../../libs/ops/mod.js';
import { workerMetrics } from './metrics.js';
import { ShardService } from './shard-service.js';

test('a lease that is over when the shard is loaded is refused: no message is taken, nobody is told', async () => {
  const clock = new ManualClock();
  const bus = memoryBus({ clock });
  const taken: string[] = [];
  const announced: string[] = [];
  bus.subscribe(subjects.shards, ({ subject }) => void announced.push(subject));
  const lease = { shard: 3, epoch: 1, deadline: clock.monotonic() + 1_000 };
  const service = new ShardService({
    bus,
    clock,
    logger: silentLogger(),
    metrics: workerMetrics(createMetrics(), () => assert.fail()),
    host: {
      grant: () =>
        new Promise((resolve) => {
          clock.setTimer(1_000, resolve);
        }),
      revoke: () => Promise.resolve(true),
      drop: () => undefined,
    },
    receive: ({ subject }) => void taken.push(subject),
  });
  const granting = assert.rejects(service.granted(lease), /shard 3 was lost while it was loaded/);
  await clock.advance(1_000);
  await granting;
  bus.publish(subjects.up(3, 'CP1'), new Uint8Array(1));
  await clock.settle();
  assert.deepEqual([taken, announced], [[], []]);
});
