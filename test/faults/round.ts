import { setTimeout as sleep } from 'node:timers/promises';
import { randomFor } from '../driven/random.js';
import type { Spread } from './call-times.js';
import type { Cluster } from './cluster.js';
import { tallyOf, type CommandTally } from './command-check.js';
import type { Fault, FaultName } from './faults.js';
import type { Load } from './load.js';
import { verdictOn, type Run } from './verdict.js';

/** What one fault did. Times in milliseconds. */
export interface RoundResult {
  readonly fault: FaultName;
  /** Of all that is drawn for this fault. */
  readonly seed: number;
  /** The fault came so long after the load had begun anew. */
  readonly moment: number;
  /** From the fault until everything that it broke ran again. */
  readonly lasted: number;
  /** From the fault until the rate was back for good; undefined: it did not come back in time. */
  readonly fullRateAfter: number | undefined;
  /** CALLs a second before the fault. */
  readonly rateBefore: number;
  /** CALLs that were answered before the fault, and those that were under way between the fault and the full rate. */
  readonly before: Spread;
  readonly during: Spread;
  /** What `during.worst` should be at most, where there is a target. */
  readonly target?: number;
  /** Messages that were sent more than once. */
  readonly resent: number;
  readonly events: number;
  readonly commands: CommandTally;
  /** Empty: nothing is wrong. */
  readonly problems: readonly string[];
  /** Stations do not go on: there is no use in another fault. */
  readonly stuck: boolean;
}

export interface RoundContext extends Run {
  readonly cluster: Cluster;
}

/** The load runs at its full rate, for a second and then for as long as chance says, before the fault comes. */
const CALM_MS = [100, 1100] as const;
const CALM_SHARE = 0.95;
const CALM_CALL_MS = 500;
/** A machine that has other work to do never gets there. */
const CALM_DEADLINE_MS = 15_000;
const FULL_SHARE = 0.9;
const FULL_RATE_MS = 45_000;
const POLL_MS = 100;

/** Inflicts a fault on the running load, waits until everything runs as before, then stops the load and checks everything. */
export async function runRound(fault: Fault, seed: number, context: RoundContext): Promise<RoundResult> {
  const { load, cluster, business } = context;
  const random = randomFor(seed, fault.name);
  const problems: string[] = [];
  const problem = (what: string): void => void problems.push(what);

  const resumed = performance.now();
  const calmSince = await calm(load, resumed);
  await sleep(random.between(...CALM_MS));
  const begun = performance.now();
  const rateBefore = load.rate.between(calmSince, begun);
  await fault.inflict({ cluster, load, random, problem });
  const lasted = performance.now() - begun;
  const back = await fullRate(load, rateBefore * FULL_SHARE, begun, begun + lasted);
  const end = back ?? performance.now();
  if (back === undefined) {
    const now = load.rate.between(end - 1000, end);
    problem(`${rateBefore.toFixed(0)} CALLs a second before, ${now.toFixed(0)} after ${FULL_RATE_MS} ms`);
  }

  const { stuck, resent, log, ...verdict } = await verdictOn(context, cluster.commandDeadlineMs);
  problems.push(...verdict.problems);
  const result: RoundResult = {
    fault: fault.name,
    seed,
    moment: begun - resumed,
    lasted,
    fullRateAfter: back === undefined ? undefined : back - begun,
    rateBefore,
    before: load.times.answered(calmSince, begun),
    during: load.times.during(begun, Math.max(end, begun + lasted)),
    ...(fault.targetMs === undefined ? {} : { target: fault.targetMs(cluster) }),
    resent,
    events: log.length,
    commands: tallyOf(business.issued),
    problems,
    stuck,
  };
  if (problems.length > 0) await cluster.keepMetrics(`${fault.name}-${seed}`);
  load.throwIfFailed();
  load.forget();
  business.forget();
  return result;
}

/** Resolves when the load has run at its full rate for a second, with the beginning of that second. */
async function calm(load: Load, resumed: number): Promise<number> {
  for (;;) {
    await sleep(POLL_MS);
    const now = performance.now();
    const since = now - 1000;
    if (since < resumed) continue;
    const isFull = load.rate.between(since, now) >= load.nominalRate * CALM_SHARE;
    const isQuick = load.times.answered(since, now).worst < CALM_CALL_MS;
    if ((isFull && isQuick) || now > resumed + CALM_DEADLINE_MS) return since;
  }
}

/** When the rate was back for good: a moment of performance.now(). Undefined: it is not in time. */
async function fullRate(
  load: Load,
  wanted: number,
  begun: number,
  mended: number,
): Promise<number | undefined> {
  const deadline = mended + FULL_RATE_MS;
  for (;;) {
    const now = performance.now();
    // A whole second after everything runs again.
    const back = now < mended + 1000 ? undefined : load.rate.backAt(wanted, begun, now);
    if (back !== undefined || now > deadline) return back;
    await sleep(POLL_MS);
  }
}
