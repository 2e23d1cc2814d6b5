import { AT_MOST } from '../benchmark.js';
import type { Row } from '../harness/report.js';
import { WITH_SERVERS } from '../roundtrip/cases.js';
import { DISTRIBUTED, ECHO, OCPP_RPC, STANDALONE, WS_ECHO } from '../roundtrip/subjects.js';
import type { Result } from './results.js';

/** A bar: how often the reference it costs, or which part of its limit it uses. */
export interface Bar {
  readonly label: string;
  readonly className: string;
  readonly value: number;
  readonly target?: number;
  /** Beyond the bar: with the servers that are not ours. */
  readonly beyond?: { readonly value: number; readonly target?: number };
  /** What stands behind it. */
  readonly note: string;
}

export interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Panel {
  readonly title: string;
  readonly unit: string;
  /** Where a line goes through all of it: the reference, or the limit. */
  readonly lineAt: number;
  /** A bar beyond is cut off; its figure says how long it is. */
  readonly longest: number;
  readonly groups: readonly Group[];
}

/** CPU time of a CALL and its answer. */
export function roundTrips({ rows }: Result): Panel {
  const against = rows.filter(({ reference, figure }) => reference === ECHO && figure === undefined);
  const groups = [...new Set(against.map((row) => row.case))].map((title) => {
    const of = (subject: string): Row | undefined =>
      against.find((row) => row.case === title && row.subject === subject);
    const bars = [
      barOf(of(DISTRIBUTED), 'distributed: edge + worker', 'ours', of(WITH_SERVERS)),
      barOf(of(STANDALONE), 'standalone', 'second'),
      barOf(of(OCPP_RPC), 'ocpp-rpc, stores nothing', 'other'),
      barOf(of(WS_ECHO), 'echo with ws', 'other'),
    ].filter((bar) => bar !== undefined);
    return { title, bars };
  });
  return {
    title: 'CPU time of a CALL and its answer, as multiples of a raw uWebSockets.js echo',
    unit: '×',
    lineAt: 1,
    longest: 20,
    groups,
  };
}

function barOf(row: Row | undefined, label: string, className: string, beyond?: Row): Bar | undefined {
  if (row === undefined) return undefined;
  const targetOf = ({ target }: Row) => (target === undefined ? {} : { target });
  return {
    label,
    className,
    value: row.ratio.median,
    ...targetOf(row),
    ...(beyond === undefined ? {} : { beyond: { value: beyond.ratio.median, ...targetOf(beyond) } }),
    note: `${row.cpu.toFixed(1)} µs`,
  };
}

/** Everything else that has a target: of each subject and figure, the case that comes worst off. */
export function otherTargets(results: readonly Result[]): Panel {
  const groups = results.map(({ benchmark, rows }): Group => {
    const worst = new Map<string, Bar>();
    for (const row of rows) {
      if (row.target === undefined || (benchmark === 'roundtrip' && row.reference === ECHO)) continue;
      const what = row.figure ?? (row.reference === AT_MOST ? 'CPU' : '');
      const key = [row.subject, what, row.reference].join();
      const bar = {
        label: [row.subject, what].filter((part) => part !== '').join(', '),
        className: 'second',
        value: row.ratio.median / row.target,
        target: 1,
        note: row.case,
      };
      const known = worst.get(key);
      if (known === undefined || known.value < bar.value) worst.set(key, bar);
    }
    return { title: benchmark, bars: [...worst.values()] };
  });
  return {
    title: 'Other targets: share of the target that is used, in the worst case of each',
    unit: '×',
    lineAt: 1,
    longest: 3,
    groups: groups.filter(({ bars }) => bars.length > 0),
  };
}
