import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ManualClock } from '../../clock/mod.js';
import { openLmdb } from '../../store/mod.js';
import { eventLogContract } from '../contract.js';
import { openLmdbEventLog } from '../mod.js';

eventLogContract(
  'lmdb',
  async (retention) => {
    const clock = new ManualClock();
    const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-eventlog-'));
    const open = async () =>
      openLmdbEventLog({
        environment: await openLmdb({ path: folder, commitIntervalMs: 0, sync: 'system' }),
        clock,
        ...retention,
      });
    const harness = {
      log: await open(),
      pass: (ms: number) => clock.advance(ms),
      reopen: async () => {
        await harness.log.close();
        return open();
      },
      dispose: async () => {
        await harness.log.close();
        await rm(folder, { recursive: true });
      },
    };
    return harness;
  },
  { durable: true, scans: true, totalOrder: true },
);
