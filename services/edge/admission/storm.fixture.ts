import { ManualClock } from '../../../libs/clock/mod.js';
import { silentLogger } from '../../../libs/ops/mod.js';
import { memoryStore } from '../../../libs/store/mod.js';
import { EDGE_DEFAULTS } from '../config.js';
import { AdmissionControl, type StationClass } from './admission-control.js';
import { RunningSet } from './running-set.js';
import { stationHash } from './station-hash.js';

/** Random numbers, the same at each run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

export interface Gate {
  readonly clock: ManualClock;
  readonly control: AdmissionControl;
  readonly running: RunningSet;
  /** What was counted, such as `admitted running`. */
  readonly counts: Map<string, number>;
  /** Other edges say that transactions run at these stations, instead of what they have said before. */
  say(stationIds: readonly string[]): Promise<void>;
}

export interface GateSettings {
  readonly connectionRate?: number;
  readonly connectionBurst?: number;
  readonly connectionReserve?: number;
}

/** Admission control at an edge that knows where transactions run. */
export async function gate(settings: GateSettings = {}, running: readonly string[] = []): Promise<Gate> {
  const clock = new ManualClock();
  const store = memoryStore({ clock, shards: 1 });
  const say = (stationIds: readonly string[]) =>
    store.running.put('another', Uint32Array.from(stationIds, stationHash));
  await say(running);
  const set = new RunningSet({
    running: store.running,
    clock,
    logger: silentLogger(),
    failed: () => undefined,
  });
  await set.load(1000);
  const counts = new Map<string, number>();
  const count = (what: string) => (which: StationClass) =>
    void counts.set(`${what} ${which}`, (counts.get(`${what} ${which}`) ?? 0) + 1);
  const control = new AdmissionControl({
    config: { ...EDGE_DEFAULTS, ...settings },
    running: set,
    clock,
    counts: { admitted: count('admitted'), turnedAway: count('turned away') },
    random: seeded(1),
  });
  return { clock, control, running: set, counts, say };
}

/** A station that was let in. */
export interface Arrived {
  readonly stationId: string;
  readonly at: number;
  readonly knocks: number;
}

/**
 * Stations that knock, come again when they are told to, and stay once they are in; in the order in which they came in.
 * @param first when each comes for the first time, in ms. @param lateMs they come up to so much later than they are told.
 */
export async function storm(
  { clock, control }: Gate,
  first: ReadonlyMap<string, number>,
  { lateMs = 50, untilMs = 600_000 } = {},
): Promise<Arrived[]> {
  const random = seeded(7);
  const due = new Map<number, { stationId: string; knocks: number }[]>();
  const add = (at: number, stationId: string, knocks: number): void => {
    const moment = Math.round(at);
    const there = due.get(moment);
    if (there === undefined) due.set(moment, [{ stationId, knocks }]);
    else there.push({ stationId, knocks });
  };
  for (const [stationId, at] of first) add(at, stationId, 1);
  const arrived: Arrived[] = [];
  for (let now = 0; due.size > 0 && now <= untilMs; now++) {
    for (const { stationId, knocks } of due.get(now) ?? []) {
      const wait = control.knock(stationId);
      if (wait === undefined) arrived.push({ stationId, at: now, knocks });
      else add(now + wait * 1000 + random() * lateMs, stationId, knocks + 1);
    }
    due.delete(now);
    await clock.advance(1);
  }
  return arrived;
}
