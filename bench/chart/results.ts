import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Report, Row } from '../harness/report.js';

/** What a chart shows of a report. */
export type Result = Pick<Report, 'benchmark' | 'startedAt' | 'machine' | 'rows'>;

/**
 * The newest result of each benchmark in the folder, by the benchmarks' names. Quick runs, other files and rows that hold no
 * figures are left out.
 */
export async function newestResults(folder: string): Promise<Result[]> {
  const newest = new Map<string, Result>();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()) {
    const result = resultOf(JSON.parse(await readFile(path.join(folder, file), 'utf8')));
    if (result === undefined) continue;
    const known = newest.get(result.benchmark);
    if (known === undefined || known.startedAt <= result.startedAt) newest.set(result.benchmark, result);
  }
  return [...newest.values()].sort((a, b) => (a.benchmark < b.benchmark ? -1 : 1));
}

/** Results of other programs stand in the same folder. */
function resultOf(json: unknown): Result | undefined {
  if (json === null || typeof json !== 'object') return undefined;
  const { benchmark, startedAt, machine, rows, quick } = json as Partial<Report>;
  if (benchmark === undefined || startedAt === undefined || machine === undefined) return undefined;
  if (!Array.isArray(rows) || quick === true) return undefined;
  return { benchmark, startedAt, machine, rows: (rows as Row[]).filter(hasFigures) };
}

/** JSON has null for what was not a number. */
const hasFigures = ({ ratio }: Row): boolean => Number.isFinite(ratio.median) && ratio.median >= 0;
