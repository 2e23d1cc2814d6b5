import type { DECISION_OPTIONS } from '../../libs/cluster/mod.js';
import { optionTable, types, type Mode, type TableValues } from '../../libs/ops/mod.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Who may charge. */
export const TOKENS_OPTIONS = optionTable({
  tokensFile: {
    env: 'STATIONMASTER_TOKENS_FILE',
    flag: 'tokens-file',
    type: types.optional(types.path),
    default: undefined,
    help: 'YAML or JSON file of the id tokens that may charge. All others are refused, whatever the mode. Read again when it changes and on SIGHUP.',
    topic: 'Who may enter',
  },
});

/** How stations are treated. */
export const STATION_OPTIONS = optionTable({
  heartbeatInterval: {
    env: 'STATIONMASTER_HEARTBEAT_INTERVAL',
    flag: 'heartbeat-interval',
    type: types.duration({ min: 1000, max: DAY, wholeSeconds: true }),
    default: 300_000,
    help: 'Heartbeat interval told to a station when its BootNotification is accepted; whole seconds.',
    topic: 'How stations are treated',
  },
  bootRetryInterval: {
    env: 'STATIONMASTER_BOOT_RETRY_INTERVAL',
    flag: 'boot-retry-interval',
    type: types.duration({ min: 1000, max: DAY, wholeSeconds: true }),
    default: 60_000,
    help: 'How long a station whose BootNotification was not accepted waits before the next; whole seconds.',
    topic: 'How stations are treated',
  },
  commandTimeout: {
    env: 'STATIONMASTER_COMMAND_TIMEOUT',
    flag: 'command-timeout',
    type: types.duration({ min: 100, max: HOUR }),
    default: 30_000,
    help: 'How long a station has to answer a command.',
    topic: 'How stations are treated',
  },
  decisionTimeout: {
    env: 'STATIONMASTER_DECISION_TIMEOUT',
    flag: 'decision-timeout',
    type: types.duration({ min: 10, max: 60_000 }),
    default: 5000,
    help: 'How long a decision (may this id token charge?) may take before its safe default applies.',
    topic: 'How stations are treated',
  },
});

/** How much the event log keeps. */
export const EVENT_OPTIONS = optionTable({
  eventRetention: {
    env: 'STATIONMASTER_EVENT_RETENTION',
    flag: 'event-retention',
    type: types.duration({ min: 0, max: 3650 * DAY }),
    default: 90 * DAY,
    help: 'Events are kept in the event log for so long. 0: without limit.',
    topic: 'State',
  },
  eventLimit: {
    env: 'STATIONMASTER_EVENT_LIMIT',
    flag: 'event-limit',
    type: types.integer({ min: 0, max: 1_000_000_000_000 }),
    default: 10_000_000,
    help: 'Of more events than this in the event log the oldest are forgotten. 0: without limit.',
    topic: 'State',
  },
});

/** What a worker is told in whatever process it runs. */
export type WorkerSettings = TableValues<typeof STATION_OPTIONS & typeof DECISION_OPTIONS>;

/** What decides who may charge. */
export type TokenSettings = TableValues<typeof TOKENS_OPTIONS> & { readonly mode: Mode };

/** What decides how much the event log keeps. */
export type EventSettings = TableValues<typeof EVENT_OPTIONS>;
