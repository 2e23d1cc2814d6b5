import { CALL_SECONDS, processPanels, serverPanels, stacked } from './common-panels.mjs';
import { chart, dashboard, heatmap, quantile, rate } from './panels.mjs';

export const edges = dashboard({
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
