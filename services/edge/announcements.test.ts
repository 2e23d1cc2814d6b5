import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHARDS, shardOf, stationToken } from '../../libs/link/mod.js';
import { rig } from './connection/rig.fixture.js';

test('new owners of many shards, one after the other: idle connections are told a step at a time', async () => {
  const { clock, worker, connect } = rig();
  const owner = worker(5);
  const stationIds = Array.from({ length: 1200 }, (_, at) => `CP${at}`);
  for (const stationId of stationIds) connect(stationId);
  await clock.settle();
  owner.heard();
  const announced = new Set<number>();
  for (const stationId of stationIds) {
    const shard = shardOf(stationToken(stationId), SHARDS);
    if (announced.has(shard)) continue;
    announced.add(shard);
    owner.announce(stationId);
    await clock.settle();
  }
  assert.ok(announced.size > 200);
  const told = [owner.heard().length];
  for (let step = 0; step < 3; step++) {
    await clock.advance(20);
    told.push(owner.heard().length);
  }
  assert.ok(Math.max(...told) <= 500, `${String(told)} at once`);
  assert.equal(
    told.reduce((sum, count) => sum + count, 0),
    stationIds.length,
  );
});
