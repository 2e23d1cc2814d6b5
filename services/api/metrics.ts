import type { Cell, Metrics } from '../../libs/ops/mod.js';

export interface ApiMetrics {
  /** A call has ended; `code` is a gRPC status' name. Of a stream, no time is given. */
  ended(service: string, method: string, code: string, door: string, seconds: number | undefined): void;
  /** Messages published again because no owner had confirmed them. */
  readonly resends: Cell;
  /** Outcomes that were asked for because they had not come. */
  readonly lateOutcomes: Cell;
}

/** What the gauges show. */
export interface ApiReadings {
  readonly calls: number;
  readonly waiting: number;
  readonly kept: number;
  readonly keptBytes: number;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Registers the metrics of the API; `read` is called when they are shown. */
export function apiMetrics(metrics: Metrics, read: () => ApiReadings): ApiMetrics {
  const counter = (name: string, help: string, ...labels: string[]) =>
    metrics.counter({ name: `stationmaster_${name}`, help, labels });
  const gauge = (name: string, help: string, value: () => number) =>
    metrics.gauge({ name: `stationmaster_${name}`, help }, value);

  gauge('api_calls_running', 'Calls of business services that are under way', () => read().calls);
  gauge('api_commands_waiting', 'Calls that wait for the outcome of a command', () => read().waiting);
  gauge('api_messages_kept', 'Messages that no owner of a station has confirmed yet', () => read().kept);
  gauge('api_messages_kept_bytes', 'Memory that they use', () => read().keptBytes);
  const calls = counter(
    'api_calls_total',
    'Calls of business services that have ended, by status',
    'service',
    'method',
    'code',
    'door',
  );
  const seconds = metrics.histogram({
    name: 'stationmaster_api_call_seconds',
    help: 'Duration of calls that are answered once; a command waits for its station',
    labels: ['service', 'method'],
    buckets: SECONDS,
  });
  return {
    ended: (service, method, code, door, duration) => {
      calls.cell(service, method, code, door).add();
      if (duration !== undefined) seconds.cell(service, method).observe(duration);
    },
    resends: counter(
      'api_resends_total',
      'Messages published again because no owner of a station had confirmed them',
    ).cell(),
    lateOutcomes: counter(
      'api_late_outcomes_total',
      'Outcomes of commands that had not come and were asked for',
    ).cell(),
  };
}
