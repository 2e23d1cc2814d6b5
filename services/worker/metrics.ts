import type { Loss } from '../../libs/actor/mod.js';
import type { Up } from '../../libs/link/mod.js';
import type { Cell, Counter, Histogram, Metrics } from '../../libs/ops/mod.js';

/** Shards that were taken and given up, by how; `granted`: served from now on. */
type Handover = 'granted' | 'released' | Loss;

export interface ShardMetrics {
  readonly handovers: Readonly<Record<Handover, Cell>>;
  /** From the grant until the edges were told. */
  readonly takeSeconds: ReturnType<Histogram['cell']>;
  /** From the last message taken until the lease was released. */
  readonly leaveSeconds: ReturnType<Histogram['cell']>;
}

export interface WorkerMetrics extends ShardMetrics {
  readonly messages: Readonly<Record<Up['kind'], Cell>>;
  readonly undelivered: Counter;
  readonly activations: Cell;
  readonly crashes: Cell;
  readonly unreadable: Cell;
  readonly fenced: Cell;
  readonly retries: Counter;
  readonly commitSeconds: ReturnType<Histogram['cell']>;
  readonly commitWrites: ReturnType<Histogram['cell']>;
  readonly events: Counter;
  readonly appendSeconds: ReturnType<Histogram['cell']>;
  readonly appendFailures: Cell;
  readonly refusedEvents: Cell;
  readonly commands: Counter;
  readonly commandResends: Cell;
  readonly leaseFailures: Counter;
  readonly decisions: Counter;
  readonly decisionSeconds: Histogram;
  readonly station: Counter;
  readonly unsent: Counter;
}

/** What the gauges show. */
export interface WorkerReadings {
  readonly shards: number;
  readonly actors: number;
  readonly messages: number;
  readonly uncommitted: number;
  readonly outbox: number;
  readonly members: number;
  readonly oldestLeaseMs: number;
  readonly keptCommands: number;
  readonly keptCommandBytes: number;
}

const APPEND_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const DECISION_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const HANDOVER_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Registers the worker's metrics; `read` is called once for each scrape. */
export function workerMetrics(metrics: Metrics, read: () => WorkerReadings): WorkerMetrics {
  const stats = oncePerTurn(read);
  const counter = (name: string, help: string, ...labels: string[]) =>
    metrics.counter({ name: `stationmaster_${name}`, help, labels });
  const gauge = (name: string, help: string, read: () => number) =>
    metrics.gauge({ name: `stationmaster_${name}`, help }, read);

  gauge('shards_owned', 'Shards whose lease this worker holds', () => stats().shards);
  gauge('actors', 'Station actors in memory', () => stats().actors);
  gauge('mailbox_messages', 'Messages that wait in mailboxes', () => stats().messages);
  gauge('uncommitted_decisions', 'Decisions that wait for their group commit', () => stats().uncommitted);
  gauge('outbox_effects', 'Durable effects that wait to be performed', () => stats().outbox);
  gauge('workers_live', 'Workers of the cluster, as this one sees them', () => stats().members);
  gauge(
    'oldest_lease_seconds',
    'Time since the lease that was renewed longest ago was asked for',
    () => stats().oldestLeaseMs / 1000,
  );
  gauge('commands_kept', 'Commands that no owner has confirmed yet', () => stats().keptCommands);
  gauge('commands_kept_bytes', 'Memory that they use', () => stats().keptCommandBytes);
  const handovers = counter('shard_handovers_total', 'Shards taken and given up, by how', 'outcome');
  const handoverSeconds = metrics.histogram({
    name: 'stationmaster_shard_handover_seconds',
    help: "Time that a shard is not served for: the old owner's part (leave) and the new one's (take)",
    labels: ['part'],
    buckets: HANDOVER_SECONDS,
  });
  const messages = counter(
    'worker_messages_total',
    'Messages from edges and business services, by kind',
    'kind',
  );
  return {
    handovers: {
      granted: handovers.cell('granted'),
      released: handovers.cell('released'),
      lapsed: handovers.cell('lapsed'),
      taken: handovers.cell('taken'),
      fenced: handovers.cell('fenced'),
      not_loaded: handovers.cell('not_loaded'),
      not_handed_over: handovers.cell('not_handed_over'),
    },
    takeSeconds: handoverSeconds.cell('take'),
    leaveSeconds: handoverSeconds.cell('leave'),
    messages: {
      connected: messages.cell('connected'),
      disconnected: messages.cell('disconnected'),
      call: messages.cell('call'),
      send: messages.cell('send'),
      result: messages.cell('result'),
      failure: messages.cell('failure'),
      command: messages.cell('command'),
      query: messages.cell('query'),
      cancel: messages.cell('cancel'),
    },
    undelivered: counter(
      'worker_undelivered_total',
      'Messages not put into a mailbox, by reason; edges send theirs again',
      'reason',
    ),
    activations: counter(
      'actor_activations_total',
      'Station actors that were brought into memory from their records',
    ).cell(),
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
    appendSeconds: metrics
      .histogram({
        name: 'stationmaster_event_append_seconds',
        help: 'Time until the event log had acknowledged events that were appended together',
        buckets: APPEND_SECONDS,
      })
      .cell(),
    appendFailures: counter(
      'event_append_failures_total',
      'Appends of events that failed and are tried again',
    ).cell(),
    refusedEvents: counter(
      'events_refused_total',
      'Events that the event log refused for good, and that are lost: its log line says why',
    ).cell(),
    commands: counter('commands_total', 'Commands ended, by outcome', 'outcome'),
    commandResends: counter(
      'command_resends_total',
      'Commands published again because no owner had confirmed them',
    ).cell(),
    leaseFailures: counter(
      'lease_call_failures_total',
      'Calls for leases and membership, loads and handovers of shards that failed, by call',
      'call',
    ),
    decisions: counter(
      'decisions_total',
      'Questions to business services, by action and outcome',
      'action',
      'outcome',
    ),
    decisionSeconds: metrics.histogram({
      name: 'stationmaster_decision_seconds',
      help: 'Time from a question to business services until its decision, or until none will come, by action',
      labels: ['action'],
      buckets: DECISION_SECONDS,
    }),
    station: counter('station_protocol_total', 'Deviations that station actors noticed, by kind', 'kind'),
    unsent: counter('worker_unsent_total', 'Messages to edges that the bus did not take, by kind', 'kind'),
  };
}

/** What `read` says, read at most once in a turn of the event loop: it goes through all actors. */
function oncePerTurn<T extends object>(read: () => T): () => T {
  let last: T | undefined;
  return () => {
    if (last === undefined) {
      last = read();
      setImmediate(() => (last = undefined));
    }
    return last;
  };
}
