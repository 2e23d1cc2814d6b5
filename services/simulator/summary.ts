import type { Version } from '../../libs/ocpp/mod.js';
import { versionsOf } from './fleet.js';
import type { SimulatorConfig } from './options.js';
import type { Problem } from './problems.js';
import type { Statistics } from './statistics.js';

/** What `--json` prints. Durations are milliseconds. */
export interface Summary {
  /** Everything that was asked for has happened. */
  readonly ok: boolean;
  readonly scenario: string;
  readonly seed: number;
  readonly interrupted: boolean;
  readonly elapsedMs: number;
  readonly stations: {
    readonly asked: number;
    readonly booted: number;
    readonly allBootedAfterMs: number | null;
  };
  readonly sessions: {
    readonly asked: number;
    readonly complete: number;
    readonly byVersion: Readonly<Partial<Record<Version, number>>>;
  };
  readonly calls: Statistics['calls'];
  readonly roundTripMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly reconnections: number;
  readonly commands: Readonly<Record<string, number>>;
  readonly problems: readonly Problem[];
}

/** How a run went as a whole. */
export interface RunFacts {
  readonly total: number;
  readonly seed: number;
  readonly elapsedMs: number;
  readonly allBootedMs: number | undefined;
  readonly interrupted: boolean;
}

const hundredths = (ms: number) => Math.round(ms * 100) / 100;

export function summarise(config: SimulatorConfig, statistics: Statistics, facts: RunFacts): Summary {
  const asked = config.scenario === 'charge' ? facts.total * config.sessions : 0;
  const { roundTrips, calls } = statistics;
  const at = (share: number) => hundredths(roundTrips.at(share));
  return {
    ok:
      statistics.booted === facts.total &&
      statistics.sessionsDone >= asked &&
      calls.invalid === 0 &&
      statistics.faults === 0,
    scenario: config.scenario,
    seed: facts.seed,
    interrupted: facts.interrupted,
    elapsedMs: Math.round(facts.elapsedMs),
    stations: {
      asked: facts.total,
      booted: statistics.booted,
      allBootedAfterMs: facts.allBootedMs === undefined ? null : Math.round(facts.allBootedMs),
    },
    sessions: {
      asked,
      complete: statistics.sessionsDone,
      byVersion: Object.fromEntries(
        versionsOf(config).map((version) => [version, statistics.sessions[version]]),
      ),
    },
    calls: { ...calls },
    roundTripMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99) },
    reconnections: statistics.reconnections,
    commands: Object.fromEntries(statistics.commands),
    problems: statistics.problems.list(),
  };
}

const number = (value: number) => value.toLocaleString('en-US');
const row = (name: string, text: string) => `  ${name.padEnd(16)}${text}`;

function sessionsText({ sessions }: Summary): string {
  const versions = Object.entries(sessions.byVersion).map(
    ([version, count]) => `${version}: ${number(count)}`,
  );
  return `${number(sessions.complete)} of ${number(sessions.asked)} complete (${versions.join(', ')})`;
}

function problemLines(problems: readonly Problem[]): string[] {
  if (problems.length === 0) return [];
  const lines = problems
    .slice(0, 10)
    .map(({ kind, count, first }) => `  ${number(count)} × ${kind}; first: ${first}`);
  const rest = problems.length - 10;
  return ['', 'What went wrong:', ...lines, ...(rest > 0 ? [`  and ${rest} more kinds`] : [])];
}

/** The summary for people, ending in a newline. */
export function renderSummary(summary: Summary): string {
  const { stations, calls, roundTripMs, commands } = summary;
  const booted = `${number(stations.booted)} of ${number(stations.asked)} booted`;
  const after =
    stations.allBootedAfterMs === null
      ? ''
      : `, the last after ${(stations.allBootedAfterMs / 1000).toFixed(1)} s`;
  const handled = Object.entries(commands).map(([action, count]) => `${action} ${number(count)}`);
  return [
    `${summary.ok ? 'Done' : summary.interrupted ? 'Interrupted' : 'Not everything happened'} after ${(summary.elapsedMs / 1000).toFixed(1)} s (scenario ${summary.scenario}, seed ${summary.seed})`,
    row('stations', booted + after),
    ...(summary.sessions.asked === 0 ? [] : [row('sessions', sessionsText(summary))]),
    row(
      'CALLs',
      `${number(calls.sent)} sent, ${number(calls.answered)} answered, ${number(calls.errors)} errors, ${number(calls.timeouts)} timeouts, ${number(calls.invalid)} invalid answers, ${number(calls.lost)} lost with their connection`,
    ),
    row('round trip', `p50 ${roundTripMs.p50} ms, p95 ${roundTripMs.p95} ms, p99 ${roundTripMs.p99} ms`),
    row('reconnections', number(summary.reconnections)),
    ...(handled.length === 0 ? [] : [row('commands', handled.join(', '))]),
    ...problemLines(summary.problems),
    '',
  ].join('\n');
}
