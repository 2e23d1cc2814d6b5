import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EventEntry } from './eventlog.js';
import { entry, type EventLogHarness, nameOf, readAll } from './contract-harness.js';
import { compareNumbers } from './rules.js';

const SEED = 20264;

/** Whatever is appended again, in whatever order: each entry stands in the log once, in the order of the first appends. */
export function onceProperty(harness: () => EventLogHarness): void {
  test(`appends every entry once, whatever is repeated (seed ${SEED})`, async () => {
    const station = fc.constantFrom('s', 't');
    const one = fc.record({
      station,
      incarnation: fc.integer({ min: 1, max: 2 }),
      number: fc.integer({ min: 1, max: 6 }),
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
        for (const { entries, wait, reopen } of calls) {
          const batch = entries.map(({ station: name, number, incarnation }) =>
            entry(prefix + name, number, { incarnation }),
          );
          for (const each of batch) {
            const before = newest.get(each.station);
            if (before !== undefined && compareNumbers(each, before) <= 0) continue;
            newest.set(each.station, each);
            expected.push(nameOf(each));
          }
          pending.push(harness().log.append(batch));
          if (wait || reopen) await Promise.all(pending);
          const current = harness();
          if (reopen && current.reopen !== undefined) current.log = await current.reopen();
        }
        await Promise.all(pending);
        const got = (await readAll(harness().log)).map(nameOf).filter((each) => each.startsWith(prefix));
        assert.deepEqual(got, expected);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
}
