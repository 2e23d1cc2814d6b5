import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Comparison, Outcome, Sample } from '../benchmark.js';
import type { Machine } from './machine.js';
import { spread, type Spread } from './statistics.js';

/** `within_twice`: above the target, at most twice of it. */
export type Verdict = 'met' | 'within_twice' | 'missed';

/** A comparison with its figures, over all rounds. */
export interface Row extends Comparison {
  /** CPU time of one operation of the subject and of the reference in µs, medians. */
  readonly cpu: number;
  readonly referenceCpu: number;
  /** Of the ratios of the rounds. */
  readonly ratio: Spread;
  /** Medians. */
  readonly figures: Readonly<Record<string, number>>;
  readonly verdict?: Verdict;
}

export interface Report {
  readonly benchmark: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  /** The figures of a quick run mean nothing. */
  readonly quick: boolean;
  readonly machine: Machine;
  readonly settings: Outcome['settings'];
  readonly rows: readonly Row[];
  readonly samples: readonly Sample[];
}

export function reportOf(
  benchmark: string,
  outcome: Outcome,
  run: { startedAt: Date; machine: Machine; quick: boolean },
): Report {
  return {
    benchmark,
    startedAt: run.startedAt.toISOString(),
    seconds: Math.round((Date.now() - run.startedAt.getTime()) / 1000),
    quick: run.quick,
    machine: run.machine,
    settings: outcome.settings,
    rows: outcome.comparisons.map((comparison) => rowOf(comparison, outcome.samples)),
    samples: outcome.samples,
  };
}

export function rowOf(comparison: Comparison, samples: readonly Sample[]): Row {
  const of = (subject: string) =>
    samples.filter((sample) => sample.case === comparison.case && sample.subject === subject);
  const ours = of(comparison.subject);
  const theirs = of(comparison.reference);
  const measured = ({ cpu, figures }: Sample): number =>
    comparison.figure === undefined ? cpu : (figures[comparison.figure] ?? Number.NaN);
  const ratios = ours.map((sample) => {
    const same = theirs.find(({ round }) => round === sample.round);
    if (same === undefined)
      throw new Error(`${comparison.case}: round ${sample.round} has no ${comparison.reference}`);
    return measured(sample) / measured(same);
  });
  const ratio = spread(ratios);
  const names = Object.keys(ours[0]?.figures ?? {});
  const figure = (name: string) => spread(ours.map(({ figures }) => figures[name] ?? Number.NaN)).median;
  return {
    ...comparison,
    cpu: spread(ours.map(({ cpu }) => cpu)).median,
    referenceCpu: spread(theirs.map(({ cpu }) => cpu)).median,
    ratio,
    figures: Object.fromEntries(names.map((name) => [name, figure(name)])),
    ...(comparison.target === undefined ? {} : { verdict: verdictOf(ratio.median, comparison.target) }),
  };
}

function verdictOf(ratio: number, target: number): Verdict {
  if (ratio <= target) return 'met';
  return ratio <= 2 * target ? 'within_twice' : 'missed';
}

/** Writes `<date>-<benchmark>.json` and gives its path. A second run of the same day replaces the first. */
export async function writeReport(report: Report, folder: string): Promise<string> {
  const name = `${report.startedAt.slice(0, 10)}-${report.benchmark}${report.quick ? '-quick' : ''}.json`;
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, name), `${JSON.stringify(report, undefined, 1)}\n`);
  return path.join(folder, name);
}
