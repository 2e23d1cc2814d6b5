import type { SimulatorConfig } from './options.js';
import type { Simulation } from './simulation.js';

/** Where progress is written. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A terminal's line is drawn again so often; elsewhere a line is added so often. */
const REDRAW_MS = 200;
const LINE_MS = 5000;

const number = (value: number) => value.toLocaleString('en-US');

/** One line that says how far the simulation is. `rate`: CALLs per second lately. */
export function progressLine(simulation: Simulation, config: SimulatorConfig, rate: number): string {
  const { statistics, total, elapsedMs } = simulation;
  const wrong = statistics.calls.errors + statistics.calls.timeouts + statistics.calls.invalid;
  return [
    `${Math.floor(elapsedMs / 1000)} s`,
    `${number(statistics.online)} online`,
    `${number(statistics.booted)}/${number(total)} booted`,
    ...(config.scenario === 'charge'
      ? [
          `${number(statistics.charging)} charging`,
          `sessions ${number(statistics.sessionsDone)}/${number(total * config.sessions)}`,
        ]
      : []),
    `${number(statistics.calls.sent)} CALLs (${number(Math.round(rate))}/s)`,
    `p99 ${statistics.roundTrips.at(0.99).toFixed(1)} ms`,
    `${number(wrong)} errors`,
  ].join(' · ');
}

/** Shows progress until the returned function is called. */
export function showProgress(simulation: Simulation, config: SimulatorConfig, screen: Screen): () => void {
  const live = screen.isTTY === true;
  let before = { calls: 0, elapsedMs: 0 };
  const draw = () => {
    const { statistics, elapsedMs } = simulation;
    const seconds = Math.max((elapsedMs - before.elapsedMs) / 1000, 0.001);
    const rate = (statistics.calls.sent - before.calls) / seconds;
    if (!live || seconds >= 1) before = { calls: statistics.calls.sent, elapsedMs };
    const line = progressLine(simulation, config, rate);
    screen.write(live ? `\r\x1b[K${line.slice(0, (screen.columns ?? 120) - 1)}` : `${line}\n`);
  };
  const timer = setInterval(draw, live ? REDRAW_MS : LINE_MS);
  return () => {
    clearInterval(timer);
    if (live) screen.write('\r\x1b[K');
  };
}
