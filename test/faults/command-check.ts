import { isDeepStrictEqual } from 'node:util';
import type { CommandCompleted } from '../../libs/api/mod.js';
import type { StationRecord } from '../driven/records.js';
import type { LoggedEvent } from '../topology/topology.js';
import type { IssuedCommand, Told } from './business.js';

/** Outcomes that say that the station was never asked. */
const NEVER_SENT: ReadonlySet<string> = new Set(['refused', 'expired', 'superseded']);
const OUTCOMES: ReadonlySet<string> = new Set([...NEVER_SENT, 'result', 'error', 'timeout', 'offline']);

export interface CommandTally {
  readonly issued: number;
  /** How often each outcome was told. */
  readonly told: Readonly<Record<string, number>>;
  /** Commands that their callers had to send again. */
  readonly repeated: number;
  /** Callers that were told the same again. */
  readonly toldAgain: number;
}

/**
 * What is wrong with the commands, a line each: every caller is told one outcome, however often it asked and is told; it fits
 * what the station did, once, and what the event log says.
 */
export function checkCommands(
  commands: readonly IssuedCommand[],
  stations: readonly StationRecord[],
  log: readonly LoggedEvent[],
): string[] {
  const taken = takenBy(stations);
  const logged = outcomesIn(log);
  const outcomes = commands.flatMap((command) => {
    const name = `command ${command.commandId} to ${command.stationId}`;
    const takers = taken.get(command.commandId) ?? [];
    const wrong = [
      ...wrongWith(command, takers),
      ...toldOtherwise(command),
      ...otherThanLogged(command, takers, logged),
    ];
    return wrong.map((line) => `${name}: ${line}`);
  });
  return [...outcomes, ...stations.flatMap((station) => onesBesideOthers(station, logged))];
}

/** A station is sent one command at a time; the next one when the one before is answered, or its time is up. */
function onesBesideOthers(
  { stationId, commands }: StationRecord,
  logged: ReadonlyMap<unknown, string>,
): string[] {
  return commands.flatMap(({ id, beside }) =>
    beside === undefined || logged.get(beside) === 'timeout'
      ? []
      : [`${stationId}: command ${id} came while ${beside} was not answered`],
  );
}

function wrongWith({ commandId, stationId, told }: IssuedCommand, takers: readonly string[]): string[] {
  const problems: string[] = [];
  const [first] = told;
  if (first === undefined) {
    const isDone = takers.length > 0;
    problems.push(`its caller was told nothing${isDone ? ', though the station carried it out' : ''}`);
  } else problems.push(...misfits(commandId, first, takers));
  if (takers.length > 1) problems.push(`the station carried it out ${takers.length} times`);
  const others = takers.filter((taker) => taker !== stationId);
  if (others.length > 0) problems.push(`it went to ${others.join(', ')}`);
  return problems;
}

function toldOtherwise({ told }: IssuedCommand): string[] {
  const [first, ...again] = told;
  // The words may be another's who had to tell it.
  const isSame = ({ status, payload }: Told): boolean =>
    status === first?.status && isDeepStrictEqual(payload, first.payload);
  return again.every(isSame) ? [] : [`its caller was told different things: ${JSON.stringify(told)}`];
}

function misfits(commandId: string, { status, payload }: Told, takers: readonly string[]): string[] {
  if (!OUTCOMES.has(status)) return [`unknown outcome ${status}`];
  if (status === 'error') return ['it failed, and no station answers so'];
  if (NEVER_SENT.has(status) && takers.length > 0) {
    return [`its caller was told '${status}', but the station carried it out`];
  }
  if (status !== 'result') return [];
  if (takers.length === 0) return ['its caller was told a result, but the station never got it'];
  return payload?.['data'] === commandId
    ? []
    : [`its caller was told another's result: ${JSON.stringify(payload)}`];
}

export function tallyOf(commands: readonly IssuedCommand[]): CommandTally {
  const told: Record<string, number> = {};
  for (const { status } of commands.flatMap((command) => command.told.slice(0, 1))) {
    told[status] = (told[status] ?? 0) + 1;
  }
  const toldAgain = commands.filter((command) => command.told.length > 1).length;
  const repeated = commands.filter((command) => command.sent > 1).length;
  return { issued: commands.length, told, repeated, toldAgain };
}

function otherThanLogged(
  { commandId, told: [first] }: IssuedCommand,
  takers: readonly string[],
  logged: ReadonlyMap<unknown, string>,
): string[] {
  const outcome = logged.get(commandId);
  if (first === undefined || outcome === undefined || takers.length === 0) return [];
  return outcome === first.status
    ? []
    : [`its caller was told '${first.status}', the event log says '${outcome}'`];
}

/** The stations that got each command, by its id. */
function takenBy(stations: readonly StationRecord[]): Map<string, string[]> {
  const taken = new Map<string, string[]>();
  for (const { stationId, commands } of stations) {
    for (const { id } of commands) taken.set(id, [...(taken.get(id) ?? []), stationId]);
  }
  return taken;
}

function outcomesIn(log: readonly LoggedEvent[]): Map<unknown, string> {
  const outcomes = new Map<unknown, string>();
  for (const { type, event } of log) {
    if (type !== 'command.completed') continue;
    const { commandId, outcome } = event.data as CommandCompleted;
    outcomes.set(commandId, outcome);
  }
  return outcomes;
}
