import type { NatsLink } from '../bus/mod.js';
import type { Metrics } from '../ops/mod.js';

/** Links by name, `bus` and `events`; undefined: not made yet. */
export type Links = () => Readonly<Record<string, Pick<NatsLink, 'connected' | 'backlog'> | undefined>>;

/** Shows the links of a process to NATS. */
export function linkMetrics(metrics: Metrics, links: Links): void {
  const gauge = (
    name: string,
    help: string,
    value: (link: Pick<NatsLink, 'connected' | 'backlog'>) => number,
  ) => {
    metrics.gauge({ name: `stationmaster_nats_${name}`, help, labels: ['link'] }, () =>
      Object.entries(links()).map(([name, link]) => [[name], link === undefined ? 0 : value(link)] as const),
    );
  };
  gauge('connected', '1 while the link to NATS is there, else 0', ({ connected }) => Number(connected));
  gauge(
    'backlog_bytes',
    'Bytes that were published and that NATS has not taken yet',
    ({ backlog }) => backlog,
  );
}
