import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EventEntry } from './eventlog.js';
import { entry, type EventLogHarness, nameOf, readAll } from './contract-harness.js';
import { compareNumbers } from './rules.js';

const SEED = 20264;

/**
 * Whatever is appended again, in whatever order: each entry stands in the log once, in the order of the first appends,
 * of each station or (`totalOrder`) of all. What another process may have appended says `again`; anything else may say
 * so too.
 */
export function onceProperty(harness: () => EventLogHarness, totalOrder: boolean): void {
  const ordered = (names: string[]) => (totalOrder ? names : names.sort(byStation));
  test(`appends every entry once, whatever is repeated (seed ${SEED})`, async () => {
    const station = fc.constantFrom('s', 't');
    const one = fc.record({
      station,
      incarnation: fc.integer({ min: 1, max: 2 }),
      number: fc.integer({ min: 1, max: 6 }),
      again: fc.boolean(),
    });
    const call = fc.record({
      entries: fc.array(one, { maxLength: 5 }),
      wait: fc.boolean(),
      reopen: fc.boolean(),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 10 }), async (calls) => {
        const prefix = `round${round++}-`;
        const newest = new Map<string, EventEntry>();
        const expected: string[] = [];
        const pending: Promise<void>[] = [];
        let reopened = false;
        for (const { entries, wait, reopen } of calls) {
          const batch = entries.map(({ station: name, number, incarnation, again }) => {
            const station = prefix + name;
            const before = newest.get(station);
            const isRepeat = before !== undefined && compareNumbers({ incarnation, number }, before) <= 0;
            const one = entry(station, number, { incarnation, again: again || (isRepeat && reopened) });
            if (!isRepeat) {
              newest.set(station, one);
              expected.push(nameOf(one));
            }
            return one;
          });
          pending.push(harness().log.append(batch));
          if (wait || reopen) await Promise.all(pending);
          const current = harness();
          if (!reopen || current.reopen === undefined) continue;
          current.log = await current.reopen();
          reopened = true;
        }
        await Promise.all(pending);
        const got = (await readAll(harness().log)).map(nameOf).filter((each) => each.startsWith(prefix));
        assert.deepEqual(ordered(got), ordered(expected));
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
}

/** For a stable sort: the names of one station stay in their order. */
function byStation(a: string, b: string): number {
  const [stationA = '', stationB = ''] = [a, b].map((name) => name.split(' ')[0]);
  return stationA < stationB ? -1 : stationA > stationB ? 1 : 0;
}
