import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { openLmdbEventLog } from '../../../libs/eventlog/mod.js';
import { openLmdb } from '../../../libs/store/mod.js';
import { eventStreamSuite } from './suite.fixture.js';

const folders: string[] = [];

after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

eventStreamSuite('LMDB', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-events-'));
  folders.push(folder);
  const environment = await openLmdb({ path: folder, commitIntervalMs: 0, sync: 'system' });
  return openLmdbEventLog({ environment });
});
