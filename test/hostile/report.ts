import type { CampaignResult } from './campaign.js';
import type { Latencies } from './good-stations.js';
import type { TallyData } from './tally.js';

const MIB = 1024 * 1024;
const mebibytes = (bytes: number): string => (bytes / MIB).toFixed(1);

/** The result as a table and some lines, for people. */
export function render(result: CampaignResult): string {
  const { attacks, good, memory, messagesTaken, logLines, events, seconds, problems } = result;
  const total = (of: (tally: TallyData) => number): number =>
    attacks.reduce((sum, tally) => sum + of(tally), 0);
  const lines = [
    row(['attack', 'connections', 'frames', 'MiB', 'seconds', 'good p99', 'slowest', 'digest', 'verdict']),
    ...attacks.flatMap((tally) => rowsOf(tally, good.attacked[tally.attack])),
    row([
      'all',
      String(total(({ connections }) => connections)),
      String(total(({ frames }) => frames)),
      mebibytes(total(({ bytes }) => bytes)),
      seconds.toFixed(1),
    ]),
    '',
  ];
  if (messagesTaken !== undefined) lines.push(`messages that the gateway read: ${messagesTaken}`);
  lines.push(`good stations: ${good.answered} of ${good.calls} CALLs answered`);
  lines.push(`  before the attack: ${latencyLine(good.calm)}`);
  if (memory !== undefined) {
    const { start, peak, end } = memory;
    lines.push(
      `memory: ${mebibytes(start)} MiB at the start, ${mebibytes(peak)} at most, ${mebibytes(end)} at the end`,
    );
  }
  if (events !== undefined) lines.push(`events in the log: ${events}, log lines: ${logLines}`);
  lines.push('', ...problems.map((problem) => `PROBLEM ${problem}`));
  lines.push(
    problems.length === 0
      ? `stood it (seed ${result.seed})`
      : `${problems.length} problems (seed ${result.seed})`,
  );
  return `${lines.join('\n')}\n`;
}

const WIDTHS = [26, 12, 9, 9, 9, 9, 9, 14, 10];

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[at] ?? 0) : cell.padStart(WIDTHS[at] ?? 0)))
    .join(' ')
    .trimEnd();

function rowsOf(tally: TallyData, good: Latencies | undefined): string[] {
  const { attack, connections, frames, bytes, seconds, digest, problemCount } = tally;
  const verdict = problemCount === 0 ? 'ok' : `${problemCount} BAD`;
  return [
    row([
      attack,
      String(connections),
      String(frames),
      mebibytes(bytes),
      seconds.toFixed(1),
      ...latencyCells(good),
      digest,
      verdict,
    ]),
    ...counts('answers', tally.answers),
    ...counts('ends', tally.closes),
    ...tally.notes.map((note) => `    ${note}`),
  ];
}

/** Milliseconds; nothing for an attack in the background, beside which others go on. */
const latencyCells = (good: Latencies | undefined): [string, string] =>
  good === undefined || good.calls === 0
    ? ['', '']
    : [`${good.p99.toFixed(0)} ms`, `${good.slowest.toFixed(0)} ms`];

function counts(what: string, of: Readonly<Record<string, number>>): string[] {
  const parts = Object.entries(of).map(([label, count]) => `${label} ${count}`);
  return parts.length === 0 ? [] : [`    ${what}: ${parts.join(', ')}`];
}

const latencyLine = ({ calls, p50, p99, slowest }: Latencies): string =>
  `${calls} CALLs, half within ${p50.toFixed(1)} ms, 99 % within ${p99.toFixed(1)} ms, slowest ${slowest.toFixed(0)} ms`;
