import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandCompleted } from '../../libs/api/mod.js';
import type { Checker } from '../driven/checker.js';
import { randomFor } from '../driven/random.js';
import type { StationRecord } from '../driven/records.js';
import type { LoggedEvent } from '../topology/topology.js';
import type { Business } from './business.js';
import type { Spread } from './call-times.js';
import type { Cluster } from './cluster.js';
import { checkCommands, tallyOf, type CommandTally } from './command-check.js';
import type { EventReader } from './events.js';
import type { Fault, FaultName } from './faults.js';
import type { Load } from './load.js';

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

export interface RoundContext {
  readonly cluster: Cluster;
  readonly load: Load;
  readonly business: Business;
  readonly reader: EventReader;
  readonly checker: Checker;
}

/** The load runs at its full rate, for a second and then for as long as chance says, before the fault comes. */
const CALM_MS = [100, 1100] as const;
const CALM_SHARE = 0.95;
const CALM_CALL_MS = 500;
/** A machine that has other work to do never gets there. */
const CALM_DEADLINE_MS = 15_000;
const FULL_SHARE = 0.9;
const FULL_RATE_MS = 45_000;
const QUIET_MS = 45_000;
const LOG_MS = 30_000;
const POLL_MS = 100;
/** Nothing new in the log for so long: nothing comes twice either. */
const STILL_MS = 150;

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

  const unanswered = await load.pause(QUIET_MS);
  await business.pause(cluster.commandDeadlineMs);
  const stuck = unanswered.length > 0;
  const fresh = load.stations
    .flatMap(({ messages }) => messages)
    .filter((message) => context.checker.isNew(message));
  const resent = fresh.filter(({ sentAs }) => sentAs.length > 1).length;
  problems.push(...unanswered.map((station) => `${station}: not answered for ${QUIET_MS} ms`));
  if (!stuck)
    problems.push(...(await load.repeat(QUIET_MS)).map((station) => `${station}: no answer to a repeat`));
  const events = await settledLog(context, fresh.length, problem);
  problems.push(
    ...context.checker.check(load.stations, events),
    ...checkCommands(business.issued, load.stations, events),
  );
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
    events: events.length,
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

/** The new events, once everything that was acknowledged stands in the log, or cannot be waited for any longer. */
async function settledLog(
  { reader, load }: RoundContext,
  awaited: number,
  problem: (what: string) => void,
): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  const deadline = performance.now() + LOG_MS;
  for (;;) {
    let error: Error | undefined;
    const news = await reader.news().catch((failure: Error) => {
      error = failure;
      return [];
    });
    events.push(...news);
    const isWhole = error === undefined && news.length === 0 && holdsAll(events, load.stations, awaited);
    if (isWhole) return events;
    if (performance.now() > deadline) {
      if (error !== undefined) problem(`the event log cannot be read: ${error.message}`);
      return events;
    }
    await sleep(STILL_MS);
  }
}

/** By number only: what they are is the checker's to say. */
function holdsAll(
  events: readonly LoggedEvent[],
  stations: readonly StationRecord[],
  awaited: number,
): boolean {
  const ended = new Set<unknown>();
  let reported = 0;
  for (const { type, event } of events) {
    if (type.startsWith('transaction.')) reported++;
    if (type === 'command.completed') ended.add((event.data as CommandCompleted).commandId);
  }
  return reported >= awaited && stations.every(({ commands }) => commands.every(({ id }) => ended.has(id)));
}
