import { CALL_SECONDS, p50p95p99, processPanels, serverPanels, stacked } from './common-panels.mjs';
import { chart, dashboard, figure, quantile, rate } from './panels.mjs';

export const overview = dashboard({
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
