import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandCompleted } from '../../libs/api/mod.js';
import type { Checker } from '../driven/checker.js';
import type { StationRecord } from '../driven/records.js';
import type { LoggedEvent } from '../topology/topology.js';
import type { Business } from './business.js';
import { checkCommands } from './command-check.js';
import type { EventReader } from './events.js';
import type { Load } from './load.js';

/** What runs, and what checks it. */
export interface Run {
  readonly load: Load;
  readonly business: Business;
  readonly reader: EventReader;
  readonly checker: Checker;
}

export interface Verdict {
  /** Empty: nothing is wrong. */
  readonly problems: readonly string[];
  /** Stations do not go on. */
  readonly stuck: boolean;
  /** Messages that were sent more than once. */
  readonly resent: number;
  /** The events since the verdict before. */
  readonly log: readonly LoggedEvent[];
}

const QUIET_MS = 45_000;
const LOG_MS = 30_000;
/** Nothing new in the log for so long: nothing comes twice either. */
const STILL_MS = 150;

/**
 * Pauses the load and the commands, asks what was asked last once more, and holds all that stations and callers wrote down since the
 * verdict before against the event log. Nothing is resumed or forgotten.
 * @param commandDeadlineMs longest time in which a caller must have been told how its command ended.
 */
export async function verdictOn(run: Run, commandDeadlineMs: number): Promise<Verdict> {
  const { load, business, checker } = run;
  const problems: string[] = [];
  const problem = (what: string): void => void problems.push(what);
  const unanswered = await load.pause(QUIET_MS);
  await business.pause(commandDeadlineMs);
  const stuck = unanswered.length > 0;
  const fresh = load.stations.flatMap(({ messages }) => messages).filter((message) => checker.isNew(message));
  const resent = fresh.filter(({ sentAs }) => sentAs.length > 1).length;
  problems.push(...unanswered.map((station) => `${station}: not answered for ${QUIET_MS} ms`));
  if (!stuck)
    problems.push(...(await load.repeat(QUIET_MS)).map((station) => `${station}: no answer to a repeat`));
  const log = await settledLog(run, fresh.length, problem);
  problems.push(...checker.check(load.stations, log), ...checkCommands(business.issued, load.stations, log));
  return { problems, stuck, resent, log };
}

/** The new events, once everything that was acknowledged stands in the log, or cannot be waited for any longer. */
async function settledLog(
  { reader, load }: Run,
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
