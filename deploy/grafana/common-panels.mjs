// Panels that several dashboards have.
import { chart, quantile } from './panels.mjs';

export const CALL_SECONDS = 'stationmaster_edge_call_seconds';
const ROUND_TRIP = 'stationmaster_server_round_trip_seconds';
export const stacked = { stacked: true };
export const p50p95p99 = (histogram) =>
  [50, 95, 99].map((percent) => [`p${percent}`, quantile(percent / 100, histogram)]);

/** Of every kind of process. */
export const processPanels = (component) => {
  const of = `{component=~"${component}"}`;
  return [
    chart('Processor', 'short', 'Cores in use; a process does its work on one', [
      ['{{component}} {{instance}}', `rate(process_cpu_seconds_total${of}[$__rate_interval])`],
    ]),
    chart('Memory', 'bytes', 'Resident, and what of it JavaScript uses', [
      ['{{component}} {{instance}} resident', `process_resident_memory_bytes${of}`],
      ['{{component}} {{instance}} heap', `nodejs_heap_size_used_bytes${of}`],
    ]),
    chart(
      'Event loop lag, p99',
      's',
      'By so much everything is late that the process does: answers, pings, leases. Looked at every 10 ms',
      [['{{component}} {{instance}}', `nodejs_eventloop_lag_p99_seconds${of}`]],
      { limit: 0.25 },
    ),
  ];
};
export const serverPanels = (component) => {
  const of = `{component=~"${component}"}`;
  return [
    chart(
      'Round trips to NATS and Redis, p99',
      's',
      'Asked every 10 s: a flush of a link to NATS, a small write to each node of Redis; 5 s: no answer',
      [['{{server}}', quantile(0.99, ROUND_TRIP, 'server', of)]],
      { limit: 0.25 },
    ),
    chart('Links to NATS', 'short', '1 while the link is there', [
      ['{{component}} {{instance}} {{link}}', `stationmaster_nats_connected${of}`],
    ]),
    chart('Waits to be sent to NATS', 'bytes', 'Published, and not taken by the server yet', [
      ['{{component}} {{instance}} {{link}}', `stationmaster_nats_backlog_bytes${of}`],
    ]),
  ];
};
