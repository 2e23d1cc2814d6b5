import { DEFAULT_QUIRKS, isQuirk, QUIRKS, VERSIONS, type Quirk } from '../../libs/ocpp/mod.js';
import { optionTable, types, type OptionType, type TableValues } from '../../libs/ops/mod.js';

/** A quirk to switch on, or off when a `-` stands before its name. */
export type QuirkSwitch = Quirk | `-${Quirk}`;

const quirkSwitch: OptionType<QuirkSwitch> = {
  name: 'quirk',
  expected: `one of ${settableQuirks().join(', ')}, with a - before it to switch it off`,
  parse: (text) => quirkSwitches().find((candidate) => candidate === text),
  format: String,
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Where stations connect. */
export const LISTEN_OPTIONS = optionTable({
  host: {
    env: 'STATIONMASTER_HOST',
    flag: 'host',
    type: types.string({ name: 'address' }),
    default: '0.0.0.0',
    help: 'Address on which stations are served; :: is IPv6 and IPv4.',
    topic: 'Where stations connect',
  },
  ocppPort: {
    env: 'STATIONMASTER_OCPP_PORT',
    flag: 'ocpp-port',
    type: types.port,
    default: 9220,
    help: 'Port for stations, without TLS.',
    topic: 'Where stations connect',
  },
  basePath: {
    env: 'STATIONMASTER_BASE_PATH',
    flag: 'base-path',
    type: types.string({
      pattern: /^(\/[^/?#\s]+)*\/?$/,
      expected: 'a path that begins with /, e.g. /ocpp',
      name: 'path',
    }),
    default: '/ocpp',
    help: 'Path before the station id: with /ocpp the station CS-1 connects to /ocpp/CS-1.',
    topic: 'Where stations connect',
  },
  versions: {
    env: 'STATIONMASTER_VERSIONS',
    flag: 'versions',
    type: types.list(types.choice(VERSIONS)),
    default: VERSIONS,
    help: 'OCPP versions that are served.',
    topic: 'Where stations connect',
  },
  tlsPort: {
    env: 'STATIONMASTER_TLS_PORT',
    flag: 'tls-port',
    type: types.optional(types.port),
    default: undefined,
    help: 'A second port for stations, with TLS 1.2 or newer. Needs a certificate and its key.',
    topic: 'Where stations connect',
  },
  tlsCert: {
    env: 'STATIONMASTER_TLS_CERT',
    flag: 'tls-cert',
    type: types.list(types.path),
    default: [],
    help: 'PEM file with the certificate and its chain. Two files (ECDSA and RSA) serve stations that know only one of them; that needs the ws socket. Renewed files are taken up without a restart.',
    topic: 'Where stations connect',
  },
  tlsKey: {
    env: 'STATIONMASTER_TLS_KEY',
    flag: 'tls-key',
    type: types.list(types.path),
    default: [],
    help: 'PEM file with the private key; as many as certificates, in their order.',
    topic: 'Where stations connect',
  },
  socket: {
    env: 'STATIONMASTER_SOCKET',
    flag: 'socket',
    type: types.choice(['auto', 'uws', 'ws']),
    default: 'auto',
    help: 'WebSocket implementation: uws (uWebSockets.js, fast, native), ws (runs everywhere), or the first of them that can do the work.',
    topic: 'Where stations connect',
  },
});

/** How the messages of stations are treated. */
export const CALL_OPTIONS = optionTable({
  callDeadline: {
    env: 'STATIONMASTER_CALL_DEADLINE',
    flag: 'call-deadline',
    type: types.duration({ min: 1000, max: HOUR }),
    default: 30_000,
    help: 'A message of a station that could not be handled by then is answered with InternalError.',
    topic: 'How stations are treated',
  },
  quirks: {
    env: 'STATIONMASTER_QUIRKS',
    flag: 'quirks',
    type: types.list(quirkSwitch),
    default: [],
    help: `Deviations from OCPP to tolerate of every station, beside those on by default (${defaultQuirks().join(', ')}); a - before a name switches it off. The stations file can add some for one station.`,
    topic: 'How stations are treated',
  },
});

/** Limits. */
export const LIMIT_OPTIONS = optionTable({
  maxConnections: {
    env: 'STATIONMASTER_MAX_CONNECTIONS',
    flag: 'max-connections',
    type: types.integer({ min: 1, max: 1_000_000 }),
    default: 200_000,
    help: 'Stations connected at the same time; more are answered 503.',
    topic: 'Limits',
  },
  connectionRate: {
    env: 'STATIONMASTER_CONNECTION_RATE',
    flag: 'connection-rate',
    type: types.integer({ min: 0, max: 1_000_000 }),
    default: 2000,
    help: 'Handshakes a second that are taken up in the long run; more are answered 429 with Retry-After. 0: no limit.',
    topic: 'Limits',
  },
  connectionBurst: {
    env: 'STATIONMASTER_CONNECTION_BURST',
    flag: 'connection-burst',
    type: types.integer({ min: 1, max: 1_000_000 }),
    default: 20_000,
    help: 'Handshakes that are taken up at once before the connection rate holds.',
    topic: 'Limits',
  },
  stationRateLimit: {
    env: 'STATIONMASTER_STATION_RATE_LIMIT',
    flag: 'station-rate-limit',
    type: types.number({ min: 0, max: 100_000 }),
    default: 100,
    help: 'Messages a second that are read of one station in the long run; beyond it the station is slowed down and loses nothing. A message counts once more for each full 8 KiB of it. 0: no limit.',
    topic: 'Limits',
  },
  stationBurst: {
    env: 'STATIONMASTER_STATION_BURST',
    flag: 'station-burst',
    type: types.integer({ min: 1, max: 1_000_000 }),
    default: 200,
    help: 'Messages that are read of one station at once before its rate limit holds.',
    topic: 'Limits',
  },
  maxMessageSize: {
    env: 'STATIONMASTER_MAX_MESSAGE_SIZE',
    flag: 'max-message-size',
    type: types.bytes({ min: 1024, max: 768 * 1024 }),
    default: 512 * 1024,
    help: 'Largest message of a station; a larger one closes its connection (1009).',
    topic: 'Limits',
  },
  pingInterval: {
    env: 'STATIONMASTER_PING_INTERVAL',
    flag: 'ping-interval',
    type: types.duration({ min: 1000, max: HOUR }),
    default: 30_000,
    help: 'A station that was silent for so long is pinged.',
    topic: 'Limits',
  },
  deadAfter: {
    env: 'STATIONMASTER_DEAD_AFTER',
    flag: 'dead-after',
    type: types.duration({ min: 2000, max: DAY }),
    default: 90_000,
    help: 'A station from which nothing was heard for so long, not even a pong, is cut off; longer than the ping interval.',
    topic: 'Limits',
  },
});

/** How it ends. */
export const DRAIN_OPTIONS = optionTable({
  drainTime: {
    env: 'STATIONMASTER_DRAIN_TIME',
    flag: 'drain-time',
    type: types.duration({ min: 0, max: HOUR }),
    default: 5000,
    help: 'On SIGTERM connections are closed spread over this time, so that stations do not all come back at once.',
    topic: 'Operation',
  },
});

/** What an edge is told in whatever process it runs. */
export type EdgeSettings = TableValues<
  typeof LISTEN_OPTIONS & typeof CALL_OPTIONS & typeof LIMIT_OPTIONS & typeof DRAIN_OPTIONS
>;

function settableQuirks(): Quirk[] {
  return Object.keys(QUIRKS)
    .filter(isQuirk)
    .filter((quirk) => QUIRKS[quirk].setting !== 'always');
}

function quirkSwitches(): QuirkSwitch[] {
  return settableQuirks().flatMap((quirk): QuirkSwitch[] => [quirk, `-${quirk}`]);
}

function defaultQuirks(): Quirk[] {
  return settableQuirks().filter((quirk) => DEFAULT_QUIRKS.has(quirk));
}
