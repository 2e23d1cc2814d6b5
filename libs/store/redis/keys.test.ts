import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { shardOf } from '../../link/mod.js';
import { Keys } from './keys.js';
import { slotOf } from './slot.js';

describe('keys', () => {
  test('those of a shard are in one slot, those of 256 shards in as many', () => {
    const keys = new Keys('csms', 256);
    const slots = new Set<number>();
    for (let shard = 0; shard < 256; shard++) {
      const slot = slotOf(keys.lease(shard));
      slots.add(slot);
      const others = [
        `${keys.records(shard)}CP{1}`,
        keys.wake(shard),
        keys.stations(shard),
        keys.stationIds(shard),
        keys.probe(shard),
      ];
      for (const key of others) assert.equal(slotOf(key), slot, key);
    }
    assert.equal(slots.size, 256);
  });

  test('slots are those of Redis Cluster', () => {
    // From CLUSTER KEYSLOT.
    const known = {
      '': 0,
      k: 7629,
      b: 3300,
      '123456789': 12_739,
      'a{}b': 13_694,
      '{k}x': 7629,
      'x{k}{y}': 7629,
      ä: 13_929,
      '}{': 12_793,
      '{': 4092,
    };
    for (const [key, slot] of Object.entries(known)) assert.equal(slotOf(key), slot, key);
  });

  test('a station whose id is its own token has its directory record in its own shard', () => {
    const keys = new Keys('csms', 256);
    for (const id of ['CP1', 'a-b_c', 'X'.repeat(200)])
      assert.equal(keys.shardOfStation(id), shardOf(id, 256));
  });
});
