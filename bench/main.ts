import path from 'node:path';
import { ConfigError, renderHelp, wantsHelp } from '../libs/ops/mod.js';
import { BENCHMARKS } from './benchmarks.js';
import { writeChart } from './chart/write.js';
import { machine } from './harness/machine.js';
import { reportOf, writeReport } from './harness/report.js';
import { renderTables } from './harness/table.js';
import { optionsFor, readOrder, type Order } from './settings.js';

const RESULTS = path.resolve('bench/results');
const CHART = path.resolve('docs/performance.svg');

const say = (text: string) => process.stdout.write(`${text}\n`);

async function draw(): Promise<void> {
  await writeChart(RESULTS, CHART);
  say(`drawn to ${path.relative('.', CHART)}`);
}

async function measureAll(order: Order): Promise<void> {
  const where = machine();
  say(`${where.cpu}, ${where.cores} cores, ${where.os}, Node ${where.node}, load ${where.load}`);
  for (const benchmark of order.benchmarks) {
    say(`\n${benchmark.name}: ${benchmark.about}`);
    const startedAt = new Date();
    const outcome = await benchmark.run(order, note);
    note('');
    const report = reportOf(benchmark.name, outcome, { startedAt, machine: where, quick: order.quick });
    say(renderTables(report.rows));
    if (order.out === undefined) continue;
    say(`written to ${path.relative('.', await writeReport(report, order.out))}`);
    if (order.out === RESULTS) await draw();
  }
}

/** Progress, on one line of a terminal that is written over. */
function note(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

const argv = process.argv.slice(2);
if (wantsHelp(argv)) {
  process.stdout.write(renderHelp(optionsFor(BENCHMARKS)));
} else {
  try {
    const order = readOrder(argv, BENCHMARKS, RESULTS);
    await (order.draw ? draw() : measureAll(order));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    note('');
    process.stderr.write(`stationmaster: ${error instanceof ConfigError ? error.message : error.stack}\n`);
    process.exitCode = error instanceof ConfigError ? 2 : 1;
  }
}
