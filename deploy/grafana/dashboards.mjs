// Writes dashboards/*.json: `node deploy/grafana/dashboards.mjs`. The suite compares what is there with what this makes, and
// holds every query against the metrics of processes that run. Each dashboard of the folder is named in its kustomization.yaml.
import { writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { chart, dashboard, figure, heatmap, quantile, rate } from './panels.mjs';

const MADE = new URL('./dashboards/', import.meta.url);
const CALL_SECONDS = 'stationmaster_edge_call_seconds';
const ROUND_TRIP = 'stationmaster_server_round_trip_seconds';
const stacked = { stacked: true };
const p50p95p99 = (histogram) =>
  [50, 95, 99].map((percent) => [`p${percent}`, quantile(percent / 100, histogram)]);

/** Of every kind of process. */
const processPanels = (component) => {
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
const serverPanels = (component) => {
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

const overview = dashboard({
  uid: 'stationmaster-overview',
  title: 'Stationmaster: overview',
  description: 'Are stations served, and is anything wrong?',
  rows: [
    [
      'At a glance',
      [
        figure(
          'Stations connected',
          'short',
          'Open connections of all edges',
          'sum(stationmaster_edge_connections)',
          [],
          'blue',
        ),
        figure(
          'Shards with an owner',
          'short',
          '256, or stations wait for their answers',
          'sum(stationmaster_shards_owned)',
          [
            [256, 'green'],
            [257, 'red'],
          ],
          'red',
        ),
        figure(
          'Processes down',
          'short',
          'Whose metrics cannot be read',
          'count(up{component=~"edge|worker|api"} == 0) or vector(0)',
          [[1, 'red']],
        ),
        figure(
          'Answers to stations, p99',
          's',
          'From a CALL of a station to its answer, as its edge sees it',
          quantile(0.99, CALL_SECONDS),
          [
            [0.25, 'orange'],
            [1, 'red'],
          ],
        ),
        figure(
          'CALLs without an answer',
          'ops',
          'Answered InternalError after their deadline, a second',
          'sum(rate(stationmaster_edge_deadlines_total[$__rate_interval]))',
          [[0.1, 'red']],
        ),
        figure(
          'Events lost',
          'short',
          'Refused by the event log for good, in the time shown',
          'sum(increase(stationmaster_events_refused_total[$__range]))',
          [[1, 'red']],
        ),
      ],
    ],
    [
      'Stations',
      [
        chart(
          'Connections by version',
          'short',
          'Open connections, by the version of OCPP that was agreed on',
          [['OCPP {{version}}', 'sum by (version) (stationmaster_edge_connections)']],
          stacked,
        ),
        chart('Messages of stations', 'ops', 'WebSocket messages; out: answers, and CALLs of the gateway', [
          ['{{direction}}', rate('stationmaster_edge_messages_total', 'direction')],
        ]),
        chart(
          'Time to the answer',
          's',
          'From a CALL of a station to its answer, as its edge sees it',
          p50p95p99(CALL_SECONDS),
          { limit: 1 },
        ),
        chart(
          'Handshakes by outcome',
          'ops',
          'All but `accepted` are stations that did not get in',
          [['{{outcome}}', rate('stationmaster_edge_handshakes_total', 'outcome')]],
          stacked,
        ),
        chart(
          'Connections that ended',
          'ops',
          'By the code of the WebSocket close, and who wanted it',
          [['{{code}} {{reason}}', rate('stationmaster_edge_closes_total', 'code, reason')]],
          stacked,
        ),
        chart(
          'CALLs of stations by action',
          'ops',
          'That were passed on to a worker and are over',
          [['{{action}}', rate('stationmaster_edge_calls_total', 'action')]],
          stacked,
        ),
      ],
    ],
    ['NATS and Redis', serverPanels('edge|worker|api')],
    ['Processes', processPanels('edge|worker|api')],
    [
      'Traces',
      [
        chart(
          'Spans by outcome',
          'ops',
          'Nothing where tracing is off; failed, dropped: the collector is away, or too slow',
          [['{{outcome}}', rate('stationmaster_trace_spans_total', 'outcome')]],
          stacked,
        ),
        chart('Spans that wait to be sent', 'short', 'Bounded: past it they are dropped', [
          ['{{component}} {{instance}}', 'stationmaster_trace_spans_waiting'],
        ]),
      ],
    ],
  ],
});

const edges = dashboard({
  uid: 'stationmaster-edges',
  title: 'Stationmaster: edges',
  description: 'The connections of stations',
  component: 'edge',
  rows: [
    [
      'Connections',
      [
        chart('Connections by edge', 'short', 'Open connections; a proxy should keep them even', [
          ['{{instance}}', 'sum by (instance) (stationmaster_edge_connections)'],
        ]),
        chart(
          'Handshakes by edge',
          'ops',
          'By outcome; all but `accepted` are stations that did not get in',
          [['{{instance}} {{outcome}}', rate('stationmaster_edge_handshakes_total', 'instance, outcome')]],
        ),
        chart(
          'Connections that ended',
          'ops',
          'By the code of the WebSocket close, and who wanted it',
          [['{{code}} {{reason}}', rate('stationmaster_edge_closes_total', 'code, reason')]],
          stacked,
        ),
        chart('Handshakes that wait for the directory', 'short', 'Grows while Redis is slow', [
          ['{{instance}}', 'stationmaster_edge_pending_handshakes'],
        ]),
        chart(
          'Open files',
          'percentunit',
          'Share of the limit; past it no station comes in',
          [['{{instance}}', 'process_open_fds{component="edge"} / process_max_fds']],
          { limit: 0.85, max: 1 },
        ),
        chart(
          'Connections that are not read',
          'short',
          'Slowed down: over their rate, or too much is queued',
          [['{{instance}}', 'stationmaster_edge_paused_connections']],
        ),
      ],
    ],
    [
      'When many come back at once',
      [
        chart(
          'Admitted',
          'ops',
          'Handshakes that were taken up; `running`: a transaction runs at the station',
          [['{{instance}} {{class}}', rate('stationmaster_edge_admissions_total', 'instance, class')]],
        ),
        chart('Told to come back later', 'ops', 'Past --connection-rate: 429 or 503, with Retry-After', [
          ['{{instance}} {{class}}', rate('stationmaster_edge_admissions_refused_total', 'instance, class')],
        ]),
        chart('Still to come back', 'short', 'Stations that were told to, and whose turn has not come', [
          ['{{instance}}', 'stationmaster_edge_admission_backlog'],
        ]),
        chart(
          'Stations with a running transaction',
          'short',
          'Of all edges, as each knows them: they come in first',
          [['{{instance}}', 'stationmaster_edge_running_stations']],
        ),
        chart('Age of that knowledge', 's', 'Since it was read from Redis: some minutes in quiet times', [
          ['{{instance}}', 'stationmaster_edge_running_stations_age_seconds'],
        ]),
        chart('Failures to read or write it', 'ops', 'Past these, all stations are admitted alike', [
          ['{{instance}} {{what}}', rate('stationmaster_edge_running_errors_total', 'instance, what')],
        ]),
      ],
    ],
    [
      'Messages',
      [
        chart('Messages', 'ops', 'WebSocket messages; out: answers, and CALLs of the gateway', [
          ['{{instance}} {{direction}}', rate('stationmaster_edge_messages_total', 'instance, direction')],
        ]),
        chart('Bytes', 'Bps', 'Of WebSocket messages, uncompressed', [
          [
            '{{instance}} {{direction}}',
            rate('stationmaster_edge_message_bytes_total', 'instance, direction'),
          ],
        ]),
        chart(
          'CALLs in flight and queued',
          'short',
          'A station has one in flight; further ones wait for it',
          [
            ['{{instance}} in flight', 'stationmaster_edge_calls_in_flight'],
            ['{{instance}} queued', 'stationmaster_edge_queued_calls'],
          ],
        ),
        chart(
          'CALLs by action',
          'ops',
          'That were passed on to a worker and are over',
          [['{{version}} {{action}}', rate('stationmaster_edge_calls_total', 'version, action')]],
          stacked,
        ),
        chart(
          'CALLs without a result',
          'ops',
          'error: a CALLERROR of the worker; deadline: InternalError for want of an answer; disconnected: the station went',
          [
            [
              '{{action}} {{outcome}}',
              rate('stationmaster_edge_calls_total{outcome!="result"}', 'action, outcome'),
            ],
          ],
          stacked,
        ),
        chart('Published again, and given up', 'ops', 'Resends are normal while shards move', [
          ['again: {{what}}', rate('stationmaster_edge_resends_total', 'what')],
          ['given up', 'sum(rate(stationmaster_edge_deadlines_total[$__rate_interval]))'],
        ]),
        heatmap(
          'Time to the answer',
          'How long CALLs of stations wait',
          `sum by (le) (increase(${CALL_SECONDS}_bucket[$__rate_interval]))`,
        ),
        chart(
          'Time to the answer by action, p95',
          's',
          'A decision waits for business services; the others for Redis at most',
          [['{{action}}', quantile(0.95, CALL_SECONDS, 'action')]],
          { limit: 1 },
        ),
        chart('Memory of queued CALLs', 'bytes', 'Past its limit, further ones are refused', [
          ['{{instance}}', 'stationmaster_edge_queued_bytes'],
        ]),
      ],
    ],
    [
      'What stations do wrong',
      [
        chart(
          'Faults by kind',
          'ops',
          'Answered with an error, or closed',
          [['{{kind}}', rate('stationmaster_edge_faults_total', 'kind')]],
          stacked,
        ),
        chart(
          'Quirks that were tolerated',
          'ops',
          'Deviations from OCPP that the gateway mended',
          [['{{quirk}}', rate('stationmaster_edge_quirks_total', 'quirk')]],
          stacked,
        ),
        chart(
          'Thrown away',
          'ops',
          'Late or for nobody, by reason',
          [['{{reason}}', rate('stationmaster_edge_dropped_total', 'reason')]],
          stacked,
        ),
        chart(
          'Headers of a proxy that is none',
          'ops',
          'Somebody pretends, or --trusted-proxies lacks an address',
          [['{{instance}}', rate('stationmaster_edge_proxy_headers_ignored_total', 'instance')]],
        ),
        chart('Taps', 'short', 'Stations that somebody watches frame by frame', [
          ['{{instance}}', 'stationmaster_edge_taps'],
        ]),
        chart('Not shown by taps', 'ops', 'Messages of tapped stations, more than a tap shows', [
          ['{{instance}}', rate('stationmaster_edge_tap_left_out_total', 'instance')],
        ]),
      ],
    ],
    ['NATS and Redis', serverPanels('edge')],
    ['Process', processPanels('edge')],
  ],
});

const workers = dashboard({
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

const business = dashboard({
  uid: 'stationmaster-business',
  title: 'Stationmaster: business services',
  description: 'What business services decide, command and hear',
  rows: [
    [
      'Decisions',
      [
        chart(
          'Decisions by outcome',
          'ops',
          'What was not `decided` got the safe default; `nobody`: no service decides it',
          [['{{action}} {{outcome}}', rate('stationmaster_decisions_total', 'action, outcome')]],
          stacked,
        ),
        chart('Time of a decision, p95', 's', 'From the question to the decision, or until none will come', [
          ['{{action}}', quantile(0.95, 'stationmaster_decision_seconds', 'action')],
        ]),
        chart(
          'Questions over gRPC by outcome',
          'ops',
          'As the API hands them to the streams of services',
          [['{{action}} {{outcome}}', rate('stationmaster_api_decisions_total', 'action, outcome')]],
          stacked,
        ),
        chart('Who decides', 'short', 'Streams of services, and the subjects that they are asked by', [
          ['streams', 'sum(stationmaster_api_deciders)'],
          ['subjects', 'sum(stationmaster_api_decision_subscriptions)'],
          ['open questions', 'sum(stationmaster_api_questions_open)'],
        ]),
      ],
    ],
    [
      'Commands',
      [
        chart(
          'Commands by outcome',
          'ops',
          'Each counted once, when it has ended',
          [['{{outcome}}', rate('stationmaster_commands_total', 'outcome')]],
          stacked,
        ),
        chart(
          'Commands under way',
          'short',
          'Calls that wait for an outcome; messages that no owner has confirmed',
          [
            ['wait for the outcome', 'sum(stationmaster_api_commands_waiting)'],
            ['not confirmed, at the API', 'sum(stationmaster_api_messages_kept)'],
            ['not confirmed, at workers', 'sum(stationmaster_commands_kept)'],
          ],
        ),
        chart('Sent again', 'ops', 'Normal while shards move', [
          ['by the API', 'sum(rate(stationmaster_api_resends_total[$__rate_interval]))'],
          ['by workers', 'sum(rate(stationmaster_command_resends_total[$__rate_interval]))'],
          ['outcomes asked for', 'sum(rate(stationmaster_api_late_outcomes_total[$__rate_interval]))'],
        ]),
        chart('Memory of messages that no owner has confirmed', 'bytes', 'Kept to be sent again', [
          ['{{instance}}', 'stationmaster_api_messages_kept_bytes'],
        ]),
      ],
    ],
    [
      'Calls of the API',
      [
        chart(
          'Calls by status',
          'ops',
          'INTERNAL is a bug; UNAVAILABLE: a server, or the owner of a station, was away',
          [['{{method}} {{code}}', rate('stationmaster_api_calls_total', 'method, code')]],
          stacked,
        ),
        chart('Time of calls, p99', 's', 'A command waits for its station', [
          ['{{method}}', quantile(0.99, 'stationmaster_api_call_seconds', 'method')],
        ]),
        chart('Calls under way', 'short', 'Streams included', [
          ['{{instance}}', 'stationmaster_api_calls_running'],
        ]),
      ],
    ],
    [
      'Streams',
      [
        chart('Streams', 'short', 'That clients read, by method', [
          ['{{method}}', 'sum by (method) (stationmaster_api_streams)'],
        ]),
        chart('Messages in streams', 'ops', 'Sent to clients, and streams that were refused', [
          ['{{method}}', rate('stationmaster_api_stream_messages_total', 'method')],
          ['refused: {{method}}', rate('stationmaster_api_streams_refused_total', 'method')],
        ]),
        chart('Events that the slowest stream is behind', 'short', 'Of the log; must come back to 0', [
          ['{{instance}}', 'stationmaster_api_stream_behind_events'],
        ]),
      ],
    ],
    ['NATS and Redis', serverPanels('api')],
    ['Processes', processPanels('api')],
  ],
});

const ALL = { overview, edges, workers, business };

/** Pairs of a file's name and its text. */
export async function dashboardFiles() {
  const style = { ...(await resolveConfig(fileURLToPath(MADE))), parser: 'json' };
  return await Promise.all(
    Object.entries(ALL).map(async ([name, made]) => [
      `${name}.json`,
      await format(JSON.stringify(made), style),
    ]),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [file, text] of await dashboardFiles()) writeFileSync(fileURLToPath(new URL(file, MADE)), text);
}
