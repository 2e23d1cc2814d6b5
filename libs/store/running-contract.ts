import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStoreError, type StoreHarness } from './contract-harness.js';
import { MAX_RUNNING_ENTRIES, MAX_RUNNING_HASHES, RUNNING_TTL_MS } from './running.js';

/** What every store of running stations must do; it is empty at the beginning of each test. */
export function runningContract(harness: () => StoreHarness): void {
  const put = (name: string, ...hashes: number[]) =>
    harness().store.running.put(name, Uint32Array.from(hashes));

  async function all(): Promise<Record<string, number[]>> {
    const entries = await harness().store.running.all();
    return Object.fromEntries(entries.map(({ name, hashes }) => [name, [...hashes]]));
  }

  test('entries are read as they were written, the newest first', async () => {
    assert.deepEqual(await all(), {});
    await put('edge-1', 0, 1, 0xffff_ffff, 0x8000_0000, 0x0a0d_1a00);
    await harness().pass(1000);
    await put('Köln 2', 7);
    assert.deepEqual(await all(), {
      'edge-1': [0, 1, 0xffff_ffff, 0x8000_0000, 0x0a0d_1a00],
      'Köln 2': [7],
    });
    const entries = await harness().store.running.all();
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['Köln 2', 'edge-1'],
    );
  });

  test('an entry is replaced as a whole; without hashes it is gone, also when there was none', async () => {
    await put('a', 1, 2, 3);
    await put('b', 9);
    await put('a', 4);
    assert.deepEqual(await all(), { a: [4], b: [9] });
    await put('a');
    await put('c');
    assert.deepEqual(await all(), { b: [9] });
  });

  test('what was handed over may be changed afterwards, and so may what is returned', async () => {
    const hashes = Uint32Array.of(1, 2);
    await harness().store.running.put('a', hashes);
    hashes.fill(9);
    const [entry] = await harness().store.running.all();
    entry?.hashes.fill(8);
    assert.deepEqual(await all(), { a: [1, 2] });
  });

  test('tells how old an entry is; one that is written anew is young again', async () => {
    const age = async (name: string) =>
      (await harness().store.running.all()).find((entry) => entry.name === name)?.ageMs ?? Number.NaN;
    await put('a', 1);
    await put('b', 2);
    await harness().pass(RUNNING_TTL_MS / 2);
    await put('b', 2);
    const [old, young] = [await age('a'), await age('b')];
    assert.ok(old >= RUNNING_TTL_MS / 2 && old < RUNNING_TTL_MS * 0.6, `${old} ms`);
    assert.ok(young >= 0 && young < RUNNING_TTL_MS * 0.1, `${young} ms`);
  });

  test('an entry that is not written again within its time is gone', async () => {
    await put('a', 1);
    await harness().pass(RUNNING_TTL_MS * 0.6);
    await put('b', 2);
    assert.deepEqual(await all(), { a: [1], b: [2] });
    await harness().pass(RUNNING_TTL_MS * 0.6);
    assert.deepEqual(await all(), { b: [2] });
    await put('c', 3);
    await harness().pass(RUNNING_TTL_MS * 1.1);
    assert.deepEqual(await all(), {});
  });

  test('one of the largest size is kept, a larger one is refused: bad_argument', async () => {
    const most = Uint32Array.from(
      { length: MAX_RUNNING_HASHES },
      (_, at) => Math.imul(at, 0x9e37_79b1) >>> 0,
    );
    await harness().store.running.put('a', most);
    const [entry] = await harness().store.running.all();
    assert.deepEqual(entry?.hashes, most);
    const more = new Uint32Array(MAX_RUNNING_HASHES + 1);
    await assert.rejects(harness().store.running.put('a', more), isStoreError('bad_argument'));
  });

  test('of too many entries the oldest go', async () => {
    await put('first', 1);
    await harness().pass(1000);
    for (let at = 0; at < MAX_RUNNING_ENTRIES; at++) await put(`e${at}`, at);
    const entries = await all();
    assert.equal(Object.keys(entries).length, MAX_RUNNING_ENTRIES);
    assert.equal(entries.first, undefined);
    assert.deepEqual(entries[`e${MAX_RUNNING_ENTRIES - 1}`], [MAX_RUNNING_ENTRIES - 1]);
  });

  test('refuses an entry without a name: bad_argument', async () => {
    await assert.rejects(put('', 1), isStoreError('bad_argument'));
  });
}
