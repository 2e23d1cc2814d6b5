import { processPanels, serverPanels, stacked } from './common-panels.mjs';
import { chart, dashboard, quantile, rate } from './panels.mjs';

export const business = dashboard({
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
