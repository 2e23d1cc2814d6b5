import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { drawChart } from './chart.js';
import { newestResults } from './results.js';

/** Draws the newest results of a folder into `file`. */
export async function writeChart(folder: string, file: string): Promise<void> {
  const chart = drawChart(await newestResults(folder));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, chart);
}
