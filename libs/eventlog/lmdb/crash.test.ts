import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { systemClock } from '../../clock/mod.js';
import { openLmdb, openLmdbStore, type Store } from '../../store/mod.js';
import { type EventLog, openLmdbEventLog } from '../mod.js';

const SEED = 20265;
const SHARD = 1;
const ROUNDS = 4;

/** By what and station: the highest number that was acknowledged. */
type Acknowledged = Map<string, number>;

/** Runs the child until it has told `lines` lines, then kills it. */
async function runAndKill(args: string[], lines: number, acknowledged: Acknowledged): Promise<void> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('crash.child.js', import.meta.url)), ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(child, 'exit');
  let told = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, station, number] = line.split(' ');
    // The last line may be cut by the kill; a cut number is lower, never higher.
    if (number !== undefined) acknowledged.set(`${what} ${station}`, Number(number));
    if (++told === lines) child.kill('SIGKILL');
  }
  const [, signal] = (await exited) as [unknown, unknown];
  assert.equal(signal, 'SIGKILL', 'the child ended by itself');
}

async function numberOf(store: Store, station: string): Promise<number> {
  const value = await store.states.load(SHARD, station);
  return value === undefined ? 0 : Number(Buffer.from(value).toString());
}

async function eventsOf(log: EventLog, station: string): Promise<number[]> {
  const numbers: number[] = [];
  for (let after = 0; ;) {
    const page = await log.read({ after, limit: 500, filter: { station } });
    if (page.next === after) return numbers;
    numbers.push(...page.entries.map(({ number }) => number));
    after = page.next;
  }
}

async function check(folder: string, acknowledged: Acknowledged, everything: boolean): Promise<void> {
  const environment = await openLmdb({ path: folder });
  const store = await openLmdbStore({ environment, clock: systemClock(), shards: 4 });
  const log = await openLmdbEventLog({ environment });
  const wakeups = new Map<string, number>();
  for await (const { key, at } of store.states.wakeups(SHARD)) wakeups.set(key, at);
  for (const [about, number] of acknowledged) {
    const [what, station = ''] = about.split(' ');
    const state = await numberOf(store, station);
    const events = await eventsOf(log, station);
    const first = everything ? 1 : (events[0] ?? state);
    assert.deepEqual(
      events,
      Array.from({ length: events.length }, (_, at) => first + at),
      'gap or repeat',
    );
    assert.equal(wakeups.get(station), state);
    // What was written after the last line that got through may be there too.
    if (what === 'state') assert.ok(state >= number, `${state} after ${number}`);
    else if (everything || events.length > 0)
      assert.ok((events.at(-1) ?? 0) >= number, `event ${number} is lost`);
    const size = await log.last();
    await log.append([{ station, incarnation: 1, number, type: 'again', data: new Uint8Array(0) }]);
    if (what === 'event') assert.equal(await log.last(), size, 'a repeat was taken');
  }
  await store.close();
  await log.close();
}

describe('kill -9 in the middle of writing', () => {
  for (const [name, checkpointBytes, maxEntries] of [
    ['all in the journal', 2 ** 25, 1e9],
    ['checkpoints all the time', 20_000, 1e9],
    ['checkpoints and forgetting all the time', 20_000, 100],
  ] as const) {
    test(`loses nothing that was acknowledged: ${name} (seed ${SEED})`, async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-crash-'));
      const acknowledged: Acknowledged = new Map();
      const lines = fc.sample(fc.integer({ min: 1, max: 1200 }), { seed: SEED, numRuns: ROUNDS });
      for (const count of lines) {
        await runAndKill([folder, String(checkpointBytes), String(maxEntries)], count, acknowledged);
        await check(folder, acknowledged, maxEntries === 1e9);
      }
      assert.ok(acknowledged.size > 0);
      await rm(folder, { recursive: true });
    });
  }
});
