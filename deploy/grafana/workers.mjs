import { p50p95p99, processPanels, serverPanels, stacked } from './common-panels.mjs';
import { chart, dashboard, quantile, rate } from './panels.mjs';

export const workers = dashboard({
  uid: 'stationmaster-workers',
  title: 'Stationmaster: workers',
  description: 'Shards, and the stations in them',
  component: 'worker',
  rows: [
    [
      'Shards',
      [
        chart(
          'Shards by worker',
          'short',
          'Together 256',
          [['{{instance}}', 'stationmaster_shards_owned']],
          stacked,
        ),
        chart(
          'Age of the oldest lease',
          's',
          'Renewed every third of --lease-time; at four fifths (4 s of 5 s) the shard is given up',
          [['{{instance}}', 'stationmaster_oldest_lease_seconds']],
          { limit: 3.5 },
        ),
        chart(
          'Shards taken and given up',
          'ops',
          'lapsed, taken, fenced: lost against its will',
          [['{{outcome}}', rate('stationmaster_shard_handovers_total', 'outcome')]],
          stacked,
        ),
        chart(
          'Time that a shard is not served for, p99',
          's',
          "leave: the old owner's part of a handover; take: the new one's",
          [['{{part}}', quantile(0.99, 'stationmaster_shard_handover_seconds', 'part')]],
        ),
        chart('Calls for leases that failed', 'ops', 'By call; they are made again', [
          ['{{call}}', rate('stationmaster_lease_call_failures_total', 'call')],
        ]),
        chart('Workers, as each sees them', 'short', 'Lines that differ: one of them is cut off from Redis', [
          ['{{instance}}', 'stationmaster_workers_live'],
        ]),
      ],
    ],
    [
      'Stations',
      [
        chart(
          'Station actors in memory',
          'short',
          'Those without anything to do are dropped after ten minutes',
          [['{{instance}}', 'stationmaster_actors']],
        ),
        chart('Activations', 'ops', 'Actors whose record was read; many at once after shards moved', [
          ['{{instance}}', rate('stationmaster_actor_activations_total', 'instance')],
        ]),
        chart(
          'Messages by kind',
          'ops',
          'From edges and business services',
          [['{{kind}}', rate('stationmaster_worker_messages_total', 'kind')]],
          stacked,
        ),
        chart(
          'Messages in mailboxes',
          'short',
          'Wait for their actor',
          [['{{instance}}', 'stationmaster_mailbox_messages']],
          { limit: 5000 },
        ),
        chart(
          'Not put into a mailbox',
          'ops',
          'By reason; edges send theirs again',
          [['{{reason}}', rate('stationmaster_worker_undelivered_total', 'reason')]],
          stacked,
        ),
        chart('Bugs and unreadable records', 'short', 'Both should be 0', [
          ['actor crashes', 'sum(increase(stationmaster_actor_crashes_total[$__rate_interval]))'],
          ['unreadable records', 'sum(increase(stationmaster_unreadable_records_total[$__rate_interval]))'],
        ]),
        chart(
          'Deviations that actors noticed',
          'ops',
          'Of stations, from the protocol, by kind',
          [['{{kind}}', rate('stationmaster_station_protocol_total', 'kind')]],
          stacked,
        ),
        chart('Not sent to edges', 'ops', 'By kind, while NATS was away; edges ask again', [
          ['{{kind}}', rate('stationmaster_worker_unsent_total', 'kind')],
        ]),
        chart('Memory of commands that no owner has confirmed', 'bytes', 'Kept to be sent again', [
          ['{{instance}}', 'stationmaster_commands_kept_bytes'],
        ]),
      ],
    ],
    [
      'Commits and events',
      [
        chart('Commits', 'ops', 'Group commits, by worker', [
          ['{{instance}}', rate('stationmaster_commit_seconds_count', 'instance')],
        ]),
        chart(
          'Time of a commit',
          's',
          'Every answer that has to be durable waits for one',
          p50p95p99('stationmaster_commit_seconds'),
          { limit: 0.25 },
        ),
        chart('Records in one commit', 'short', 'Mean; grows with the load, and makes each record cheaper', [
          [
            '{{instance}}',
            `${rate('stationmaster_commit_writes_sum', 'instance')} / ${rate('stationmaster_commit_writes_count', 'instance')}`,
          ],
        ]),
        chart(
          'Events appended by type',
          'ops',
          'To the event log',
          [['{{type}}', rate('stationmaster_events_total', 'type')]],
          stacked,
        ),
        chart(
          'Time of an append',
          's',
          'Until the event log had acknowledged events that were appended together',
          p50p95p99('stationmaster_event_append_seconds'),
        ),
        chart('Events that wait for their acknowledgement', 'short', 'Must come back to 0', [
          ['{{instance}}', 'stationmaster_event_log_waiting'],
        ]),
        chart(
          'Wait for their commit, and to be performed',
          'short',
          'Decisions, and durable effects of them',
          [
            ['{{instance}} uncommitted', 'stationmaster_uncommitted_decisions'],
            ['{{instance}} outbox', 'stationmaster_outbox_effects'],
          ],
        ),
        chart('Tried again and refused', 'ops', 'Calls of Redis and of the event log', [
          ['again: {{what}}', rate('stationmaster_worker_retries_total', 'what')],
          ['events not appended', 'sum(rate(stationmaster_event_append_failures_total[$__rate_interval]))'],
          ['events refused', 'sum(rate(stationmaster_events_refused_total[$__rate_interval]))'],
        ]),
        chart(
          'Commits fenced',
          'ops',
          'A former owner of a shard tried to write: it stood still for a lease',
          [['{{instance}}', rate('stationmaster_fenced_commits_total', 'instance')]],
        ),
      ],
    ],
    ['NATS and Redis', serverPanels('worker')],
    ['Process', processPanels('worker')],
  ],
});
