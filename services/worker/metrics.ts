import type { Up } from '../../libs/link/mod.js';
import type { Cell, Counter, Histogram, Metrics } from '../../libs/ops/mod.js';

export interface WorkerMetrics {
  readonly messages: Readonly<Record<Up['kind'], Cell>>;
  readonly undelivered: Counter;
  readonly crashes: Cell;
  readonly unreadable: Cell;
  readonly fenced: Cell;
  readonly retries: Counter;
  readonly commitSeconds: ReturnType<Histogram['cell']>;
  readonly commitWrites: ReturnType<Histogram['cell']>;
  readonly events: Counter;
  readonly appendFailures: Cell;
  readonly commands: Counter;
  readonly decisions: Counter;
  readonly station: Counter;
  readonly unsent: Counter;
}

/** Registers the worker's metrics; `stats` is read when they are scraped. */
export function workerMetrics(
  metrics: Metrics,
  stats: () => { shards: number; actors: number; messages: number; uncommitted: number; outbox: number },
): WorkerMetrics {
  const counter = (name: string, help: string, ...labels: string[]) =>
    metrics.counter({ name: `stationmaster_${name}`, help, labels });
  const gauge = (name: string, help: string, read: () => number) =>
    metrics.gauge({ name: `stationmaster_${name}`, help }, read);

  gauge('shards_owned', 'Shards whose lease this worker holds', () => stats().shards);
  gauge('actors', 'Station actors in memory', () => stats().actors);
  gauge('mailbox_messages', 'Messages that wait in mailboxes', () => stats().messages);
  gauge('uncommitted_decisions', 'Decisions that wait for their group commit', () => stats().uncommitted);
  gauge('outbox_effects', 'Durable effects that wait to be performed', () => stats().outbox);
  const messages = counter(
    'worker_messages_total',
    'Messages from edges and business services, by kind',
    'kind',
  );
  return {
    messages: {
      connected: messages.cell('connected'),
      disconnected: messages.cell('disconnected'),
      call: messages.cell('call'),
      send: messages.cell('send'),
      result: messages.cell('result'),
      failure: messages.cell('failure'),
      command: messages.cell('command'),
    },
    undelivered: counter(
      'worker_undelivered_total',
      'Messages not put into a mailbox, by reason; edges send theirs again',
      'reason',
    ),
    crashes: counter(
      'actor_crashes_total',
      'Messages dropped because the station actor threw (a bug)',
    ).cell(),
    unreadable: counter('unreadable_records_total', 'Station records that could not be decoded').cell(),
    fenced: counter('fenced_commits_total', 'Commits refused because a newer epoch owns the shard').cell(),
    retries: counter('worker_retries_total', 'Store and event log calls tried again, by what', 'what'),
    commitSeconds: metrics
      .histogram({
        name: 'stationmaster_commit_seconds',
        help: 'Duration of group commits',
        buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
      })
      .cell(),
    commitWrites: metrics
      .histogram({
        name: 'stationmaster_commit_writes',
        help: 'Station records in one group commit',
        buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
      })
      .cell(),
    events: counter('events_total', 'Events appended to the event log, by type', 'type'),
    appendFailures: counter(
      'event_append_failures_total',
      'Appends of events that failed and are tried again',
    ).cell(),
    commands: counter('commands_total', 'Commands ended, by outcome', 'outcome'),
    decisions: counter(
      'decisions_total',
      'Questions to business services, by action and outcome',
      'action',
      'outcome',
    ),
    station: counter('station_protocol_total', 'Deviations that station actors noticed, by kind', 'kind'),
    unsent: counter('worker_unsent_total', 'Messages to edges that the bus did not take, by kind', 'kind'),
  };
}
