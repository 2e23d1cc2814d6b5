import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type LmdbEnvironment, openLmdb } from '../../store/mod.js';
import { EventLogError, openLmdbEventLog } from '../mod.js';
import { chunkKey, chunkSize, encodeChunk } from './chunk.js';

describe('an event log that something is wrong with', () => {
  let folder: string;
  let environment: LmdbEnvironment;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-damage-'));
    environment = await openLmdb({ path: folder, commitIntervalMs: 0 });
  });

  afterEach(async () => {
    await environment.close();
    await rm(folder, { recursive: true });
  });

  const entries = [1, 2].map((number) => ({
    station: 's',
    incarnation: 1,
    number,
    type: 'a',
    data: new Uint8Array(100),
  }));

  const encode = () => encodeChunk(entries, Buffer.alloc(chunkSize(entries)));

  async function put(value: Buffer): Promise<void> {
    const table = environment.main.table('events');
    const key = chunkKey({ first: 5, count: 2, appendedAt: 0 });
    await environment.main.write({ apply: (writer) => writer.put(table, key, value) }, 0);
  }

  const isDamaged = (error: unknown) => {
    assert.ok(error instanceof EventLogError, String(error));
    assert.equal(error.code, 'damaged');
    assert.match(error.message, /event [56] of the log is unreadable: restore a backup/);
    return true;
  };

  test('entries that are cut or of an unknown format are a clear error at the start', async () => {
    const whole = encode();
    const other = Buffer.from(whole);
    other[0] = 9;
    for (const bad of [other, whole.subarray(0, 1), whole.subarray(0, 40), whole.subarray(0, -1)]) {
      await put(bad);
      await assert.rejects(openLmdbEventLog({ environment }), isDamaged);
    }
  });

  test('and when they are read', async () => {
    await put(encode());
    const log = await openLmdbEventLog({ environment });
    await put(encode().subarray(0, -1));
    await assert.rejects(log.read({ after: 0, limit: 10 }), isDamaged);
    await log.close();
  });

  test('a station whose number is unreadable cannot append, others can', async () => {
    const log = await openLmdbEventLog({ environment });
    const table = environment.records.table('event_newest');
    const bad = Buffer.from('x');
    await environment.records.write({ apply: (writer) => writer.put(table, Buffer.from('bad'), bad) }, 0);
    const [one] = entries;
    assert.ok(one);
    const refused = assert.rejects(log.append([one, { ...one, station: 'bad' }]), (error: unknown) => {
      assert.ok(error instanceof EventLogError && error.code === 'damaged');
      assert.match(error.message, /event number of station bad/);
      return true;
    });
    await log.append([{ ...one, station: 't' }]);
    await refused;
    const { entries: kept } = await log.read({ after: 0, limit: 10 });
    assert.deepEqual(
      kept.map(({ station }) => station),
      ['t'],
    );
    await log.close();
  });
});
