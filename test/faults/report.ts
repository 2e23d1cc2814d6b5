import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from '../../bench/harness/machine.js';
import type { RoundResult } from './round.js';
import type { ScalingRow } from './scaling.js';

/** The results as they are kept. */
export interface Report {
  readonly benchmark: 'faults' | 'faults-scaling';
  /** ISO 8601. */
  readonly startedAt: string;
  readonly machine: Machine;
  readonly settings: Readonly<Record<string, number | string>>;
  /** Of faults: all rounds together, and each. */
  readonly faults?: readonly FaultRow[];
  readonly rounds?: readonly RoundResult[];
  readonly scaling?: readonly ScalingRow[];
}

/** A fault over all of its rounds. Times in milliseconds. */
export interface FaultRow {
  readonly fault: string;
  readonly rounds: number;
  readonly calls: number;
  /** Medians of the rounds. */
  readonly p99: number;
  readonly fullRateAfter: number;
  /** The greatest of all rounds. */
  readonly worst: number;
  readonly slowestFullRate: number;
  readonly target?: number;
  /** Rounds whose worst CALL was within the target. */
  readonly withinTarget?: number;
  readonly resent: number;
  readonly commands: number;
  readonly problems: number;
}

export function rowsOf(rounds: readonly RoundResult[]): FaultRow[] {
  const faults = [...new Set(rounds.map(({ fault }) => fault))];
  return faults.map((fault) =>
    rowOf(
      fault,
      rounds.filter((round) => round.fault === fault),
    ),
  );
}

function rowOf(fault: string, rounds: readonly RoundResult[]): FaultRow {
  const sum = (of: (round: RoundResult) => number): number =>
    rounds.reduce((total, round) => total + of(round), 0);
  const full = rounds.map(({ fullRateAfter }) => fullRateAfter ?? Infinity);
  const targets = rounds.flatMap(({ target }) => target ?? []);
  const [target] = targets;
  return {
    fault,
    rounds: rounds.length,
    calls: sum(({ during }) => during.calls),
    p99: median(rounds.map(({ during }) => during.p99)),
    fullRateAfter: median(full),
    worst: Math.max(...rounds.map(({ during }) => during.worst)),
    slowestFullRate: Math.max(...full),
    ...(target === undefined
      ? {}
      : { target, withinTarget: rounds.filter(({ during }) => during.worst <= target).length }),
    resent: sum(({ resent }) => resent),
    commands: sum(({ commands }) => commands.issued),
    problems: sum(({ problems }) => problems.length),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** Columns: the first to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, at) => (at === 0 ? (cells[at] ?? '').padEnd(width) : (cells[at] ?? '').padStart(width)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

const ms = (time: number): string => (Number.isFinite(time) ? time.toFixed(0) : 'never');

export function renderFaults(rows: readonly FaultRow[]): string {
  const head = ['fault', 'rounds', 'CALLs', 'p99 ms', 'worst ms', 'target', 'met', 'full rate ms', 'slowest'];
  return table(
    [...head, 'sent again', 'commands', 'problems'],
    rows.map((row) => [
      row.fault,
      String(row.rounds),
      String(row.calls),
      ms(row.p99),
      ms(row.worst),
      row.target === undefined ? '' : ms(row.target),
      row.withinTarget === undefined ? '' : `${row.withinTarget}/${row.rounds}`,
      ms(row.fullRateAfter),
      ms(row.slowestFullRate),
      String(row.resent),
      String(row.commands),
      String(row.problems),
    ]),
  );
}

const ifAny = (count: number, what: string): string[] => (count > 0 ? [`${count} ${what}`] : []);

/** One round in a line. */
export function lineOf(result: RoundResult): string {
  const { fault, seed, moment, lasted, before, during, fullRateAfter, rateBefore, resent, commands } = result;
  const told = Object.entries(commands.told).map(([status, count]) => `${count} ${status}`);
  return [
    `${fault} (seed ${seed}), ${ms(moment)} ms after the load began anew, for ${ms(lasted)} ms:`,
    `${rateBefore.toFixed(0)} CALLs/s with p99 ${ms(before.p99)} and worst ${ms(before.worst)} ms before;`,
    `then p99 ${ms(during.p99)}, worst ${ms(during.worst)} ms,`,
    `full rate after ${ms(fullRateAfter ?? Infinity)} ms, ${resent} sent again, ${result.events} events,`,
    `commands: ${[...told, ...ifAny(commands.repeated, 'sent again'), ...ifAny(commands.toldAgain, 'told again')].join(', ')};`,
    result.problems.length === 0 ? 'nothing wrong' : `${result.problems.length} PROBLEMS`,
  ].join(' ');
}

/** Writes the report; into a folder as `<date>-<benchmark>.json`. Gives the file's path. */
export async function writeReport(report: Report, out: string): Promise<string> {
  const name = `${report.startedAt.slice(0, 10)}-${report.benchmark}.json`;
  const file = out.endsWith('.json') ? out : path.join(out, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report, undefined, 1)}\n`);
  return file;
}
