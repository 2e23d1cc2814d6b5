import { isDeepStrictEqual } from 'node:util';
import type { CommandCompleted } from '../../libs/api/mod.js';
import type { StationRecord } from '../driven/records.js';
import type { LoggedEvent } from '../topology/topology.js';
import type { IssuedCommand, Told } from './business.js';

/** What a fault excuses. Left out: nothing. */
export interface CommandAllowance {
  /**
   * Callers may be told the same outcome again: a worker that ends, or is cut off, between telling it and writing down that
   * it was told leaves that to the next owner. A graceful move leaves nothing.
   */
  readonly mayRepeat?: boolean;
  /**
   * Callers may be told nothing about what was never carried out: a command on its way dies with the process or the
   * connection that has it, before anybody has made it durable.
   */
  readonly mayLose?: boolean;
}

/** Outcomes that say that the station was never asked. */
const NEVER_SENT: ReadonlySet<string> = new Set(['nobody', 'refused', 'expired', 'superseded']);
const OUTCOMES: ReadonlySet<string> = new Set([...NEVER_SENT, 'result', 'error', 'timeout', 'offline']);

export interface CommandTally {
  readonly issued: number;
  /** How often each outcome was told. */
  readonly told: Readonly<Record<string, number>>;
  /** Callers that were told the same again. */
  readonly toldAgain: number;
  /** Callers that were told nothing, for their own connection was lost meanwhile. */
  readonly cutOff: number;
  /** Callers that were told nothing about a command that the station never got. */
  readonly unheard: number;
}

/**
 * What is wrong with the commands, a line each: for every caller one outcome, that fits what the station did and what the
 * event log says.
 */
export function checkCommands(
  commands: readonly IssuedCommand[],
  stations: readonly StationRecord[],
  log: readonly LoggedEvent[],
  allowance: CommandAllowance,
): string[] {
  const taken = takenBy(stations);
  const logged = outcomesIn(log);
  const outcomes = commands.flatMap((command) => {
    const name = `command ${command.nonce} to ${command.stationId}`;
    const takers = taken.get(command.nonce) ?? [];
    const wrong = [
      ...wrongWith(command, takers, allowance),
      ...toldTwice(command, allowance),
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

function wrongWith(
  { nonce, stationId, told, cutOff }: IssuedCommand,
  takers: readonly Taker[],
  { mayLose = false }: CommandAllowance,
): string[] {
  const problems: string[] = [];
  const [first] = told;
  if (first === undefined) {
    const isDone = takers.length > 0;
    const isExcused = cutOff || (mayLose && !isDone);
    if (!isExcused)
      problems.push(`its caller was told nothing${isDone ? ', though the station carried it out' : ''}`);
  } else problems.push(...misfits(nonce, first, takers));
  if (takers.length > 1) problems.push(`the station carried it out ${takers.length} times`);
  const others = takers.map((taker) => taker.stationId).filter((taker) => taker !== stationId);
  if (others.length > 0) problems.push(`it went to ${others.join(', ')}`);
  return problems;
}

function toldTwice({ told }: IssuedCommand, { mayRepeat = false }: CommandAllowance): string[] {
  const [first, ...again] = told;
  // The words may be another's who had to tell it.
  const isSame = ({ status, payload }: Told): boolean =>
    status === first?.status && isDeepStrictEqual(payload, first.payload);
  if (again.length === 0 || (mayRepeat && again.every(isSame))) return [];
  return [`its caller was told more than once: ${JSON.stringify(told)}`];
}

function misfits(nonce: string, { status, payload }: Told, takers: readonly Taker[]): string[] {
  if (!OUTCOMES.has(status)) return [`unknown outcome ${status}`];
  if (status === 'error') return ['it failed, and no station answers so'];
  if (NEVER_SENT.has(status) && takers.length > 0) {
    return [`its caller was told '${status}', but the station carried it out`];
  }
  if (status !== 'result') return [];
  if (takers.length === 0) return ['its caller was told a result, but the station never got it'];
  return payload?.['data'] === nonce
    ? []
    : [`its caller was told another's result: ${JSON.stringify(payload)}`];
}

export function tallyOf(commands: readonly IssuedCommand[]): CommandTally {
  const told: Record<string, number> = {};
  for (const { status } of commands.flatMap((command) => command.told.slice(0, 1))) {
    told[status] = (told[status] ?? 0) + 1;
  }
  const toldAgain = commands.filter((command) => command.told.length > 1).length;
  const silent = commands.filter((command) => command.told.length === 0);
  const cutOff = silent.filter((command) => command.cutOff).length;
  return { issued: commands.length, told, toldAgain, cutOff, unheard: silent.length - cutOff };
}

/** The log knows a command by the id that the gateway gave it, which the station was told. */
function otherThanLogged(
  { told: [first] }: IssuedCommand,
  takers: readonly Taker[],
  logged: ReadonlyMap<unknown, string>,
): string[] {
  if (first === undefined || NEVER_SENT.has(first.status)) return [];
  return takers.flatMap(({ commandId }) => {
    const outcome = logged.get(commandId);
    const fits = outcome === undefined || outcome === first.status;
    return fits ? [] : [`its caller was told '${first.status}', the event log says '${outcome}'`];
  });
}

interface Taker {
  readonly stationId: string;
  readonly commandId: string;
}

/** The stations that got each command. */
function takenBy(stations: readonly StationRecord[]): Map<unknown, Taker[]> {
  const taken = new Map<unknown, Taker[]>();
  for (const { stationId, commands } of stations) {
    for (const { id, payload } of commands) {
      const nonce = payload['messageId'];
      taken.set(nonce, [...(taken.get(nonce) ?? []), { stationId, commandId: id }]);
    }
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
