import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ManualClock } from '../../clock/mod.js';
import { type OpenStore, storeContract } from '../contract.js';
import { openLmdb, openLmdbStore } from '../mod.js';

const opener =
  (settings: { checkpointBytes?: number; sync?: 'disk' | 'system' }): OpenStore =>
  async ({ shards }) => {
    const clock = new ManualClock();
    const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-store-'));
    const open = async (count: number) => {
      const environment = await openLmdb({
        path: folder,
        commitIntervalMs: 0,
        sync: settings.sync ?? 'disk',
      });
      try {
        return await openLmdbStore({ environment, clock, shards: count, ...settings });
      } catch (error) {
        await environment.close();
        throw error;
      }
    };
    const harness = {
      store: await open(shards),
      pass: (ms: number) => clock.advance(ms),
      reopen: async (options: { shards?: number } = {}) => {
        await harness.store.close();
        return open(options.shards ?? shards);
      },
      dispose: async () => {
        await harness.store.close();
        await rm(folder, { recursive: true });
      },
    };
    return harness;
  };

storeContract('lmdb', opener({}), { durable: true });
storeContract('lmdb, always at a checkpoint', opener({ checkpointBytes: 1, sync: 'system' }), {
  durable: true,
});
