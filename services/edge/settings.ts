import { DEFAULT_QUIRKS, isQuirk, QUIRKS, VERSIONS, type Quirk } from '../../libs/ocpp/mod.js';
import { optionTable, types, type OptionType, type TableValues } from '../../libs/ops/mod.js';
import { EDGE_DEFAULTS } from './config.js';
import { isNetwork } from './networks.js';

/** A quirk to switch on, or off when a `-` stands before its name. */
export type QuirkSwitch = Quirk | `-${Quirk}`;

const quirkSwitch: OptionType<QuirkSwitch> = {
  name: 'quirk',
  expected: `one of ${settableQuirks().join(', ')}, with a - before it to switch it off`,
  parse: (text) => quirkSwitches().find((candidate) => candidate === text),
  format: String,
};

const network: OptionType<string> = {
  name: 'address',
  expected: 'an IP address or a network such as 10.1.0.0/16 or fd00::/8, but not all addresses there are',
  parse: (text) => (isNetwork(text) ? text : undefined),
  format: String,
};

const LISTEN = 'Where stations connect';
const CALLS = 'How stations are treated';
const LIMITS = 'Limits';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Where stations connect. */
export const LISTEN_OPTIONS = optionTable({
  host: {
    env: 'STATIONMASTER_HOST',
    flag: 'host',
    type: types.string({ name: 'address' }),
    default: EDGE_DEFAULTS.host,
    help: 'Address on which stations are served; :: is IPv6 and IPv4.',
    topic: LISTEN,
  },
  ocppPort: {
    env: 'STATIONMASTER_OCPP_PORT',
    flag: 'ocpp-port',
    type: types.port,
    default: EDGE_DEFAULTS.port,
    help: 'Port for stations, without TLS.',
    topic: LISTEN,
  },
  basePath: {
    env: 'STATIONMASTER_BASE_PATH',
    flag: 'base-path',
    type: types.string({
      pattern: /^(\/[^/?#\s]+)*\/?$/,
      expected: 'a path that begins with /, e.g. /ocpp',
      name: 'path',
    }),
    default: EDGE_DEFAULTS.basePath,
    help: 'Path before the station id: with /ocpp the station CS-1 connects to /ocpp/CS-1.',
    topic: LISTEN,
  },
  versions: {
    env: 'STATIONMASTER_VERSIONS',
    flag: 'versions',
    type: types.list(types.choice(VERSIONS)),
    default: EDGE_DEFAULTS.versions,
    help: 'OCPP versions that are served.',
    topic: LISTEN,
  },
  tlsPort: {
    env: 'STATIONMASTER_TLS_PORT',
    flag: 'tls-port',
    type: types.optional(types.port),
    default: undefined,
    help: 'A second port for stations, with TLS 1.2 or newer. Needs a certificate and its key.',
    topic: LISTEN,
  },
  tlsCert: {
    env: 'STATIONMASTER_TLS_CERT',
    flag: 'tls-cert',
    type: types.list(types.path),
    default: [],
    help: 'PEM file with the certificate and its chain. Two files (ECDSA and RSA) serve stations that know only one of them; that needs the ws socket. Renewed files are taken up without a restart.',
    topic: LISTEN,
  },
  tlsKey: {
    env: 'STATIONMASTER_TLS_KEY',
    flag: 'tls-key',
    type: types.list(types.path),
    default: [],
    help: 'PEM file with the private key; as many as certificates, in their order.',
    topic: LISTEN,
  },
  trustedProxies: {
    env: 'STATIONMASTER_TRUSTED_PROXIES',
    flag: 'trusted-proxies',
    type: types.list(network),
    default: EDGE_DEFAULTS.trustedProxies,
    help: 'IP addresses and networks of the proxies in front that terminate TLS. What their headers say of a station counts: its client certificate (X-Client-Verify, X-Client-CN, X-Client-O), its address (X-Forwarded-For) and whether it came over TLS (X-Forwarded-Proto). Of all others these headers are ignored.',
    topic: LISTEN,
  },
  cpoName: {
    env: 'STATIONMASTER_CPO_NAME',
    flag: 'cpo-name',
    type: types.optional(types.string({ name: 'name' })),
    default: undefined,
    help: "Name of the operator that must stand as O in a station's client certificate; others are refused. Left out: any that the proxy has verified.",
    topic: LISTEN,
  },
  socket: {
    env: 'STATIONMASTER_SOCKET',
    flag: 'socket',
    type: types.choice(['auto', 'uws', 'ws']),
    default: EDGE_DEFAULTS.socket,
    help: 'WebSocket implementation: uws (uWebSockets.js, fast, native), ws (runs everywhere), or the first of them that can do the work.',
    topic: LISTEN,
  },
});

/** How the messages of stations are treated. */
export const CALL_OPTIONS = optionTable({
  callDeadline: {
    env: 'STATIONMASTER_CALL_DEADLINE',
    flag: 'call-deadline',
    type: types.duration({ min: 1000, max: HOUR }),
    default: EDGE_DEFAULTS.callDeadlineMs,
    help: 'A message of a station that could not be handled by then is answered with InternalError.',
    topic: CALLS,
  },
  quirks: {
    env: 'STATIONMASTER_QUIRKS',
    flag: 'quirks',
    type: types.list(quirkSwitch),
    default: [],
    help: `Deviations from OCPP to tolerate of every station, beside those on by default (${defaultQuirks().join(', ')}); a - before a name switches it off. The stations file can add some for one station.`,
    topic: CALLS,
  },
});

/** Limits. */
export const LIMIT_OPTIONS = optionTable({
  maxConnections: {
    env: 'STATIONMASTER_MAX_CONNECTIONS',
    flag: 'max-connections',
    type: types.integer({ min: 1, max: 1_000_000 }),
    default: EDGE_DEFAULTS.maxConnections,
    help: 'Stations connected at the same time; more are answered 503.',
    topic: LIMITS,
  },
  connectionRate: {
    env: 'STATIONMASTER_CONNECTION_RATE',
    flag: 'connection-rate',
    type: types.integer({ min: 0, max: 1_000_000 }),
    default: EDGE_DEFAULTS.connectionRate,
    help: 'Handshakes a second that are taken up in the long run; more are answered 429 with a Retry-After that spreads them. 0: no limit.',
    topic: LIMITS,
  },
  connectionBurst: {
    env: 'STATIONMASTER_CONNECTION_BURST',
    flag: 'connection-burst',
    type: types.integer({ min: 1, max: 1_000_000 }),
    default: EDGE_DEFAULTS.connectionBurst,
    help: 'Handshakes that are taken up at once before the connection rate holds. Best as large as the rate: Retry-After is in whole seconds.',
    topic: LIMITS,
  },
  connectionReserve: {
    env: 'STATIONMASTER_CONNECTION_RESERVE',
    flag: 'connection-reserve',
    type: types.integer({ min: 0, max: 90 }),
    default: EDGE_DEFAULTS.connectionReserve,
    help: 'Percentage of the connection burst that is kept for stations with a running transaction: these are let in first when many stations come at once. 0: all are alike.',
    topic: LIMITS,
  },
  stationRateLimit: {
    env: 'STATIONMASTER_STATION_RATE_LIMIT',
    flag: 'station-rate-limit',
    type: types.number({ min: 0, max: 100_000 }),
    default: EDGE_DEFAULTS.stationRateLimit,
    help: 'Messages a second that are read of one station in the long run; beyond it the station is slowed down and loses nothing. A message counts once more for each full 8 KiB of it. 0: no limit.',
    topic: LIMITS,
  },
  stationBurst: {
    env: 'STATIONMASTER_STATION_BURST',
    flag: 'station-burst',
    type: types.integer({ min: 1, max: 1_000_000 }),
    default: EDGE_DEFAULTS.stationBurst,
    help: 'Messages that are read of one station at once before its rate limit holds.',
    topic: LIMITS,
  },
  maxMessageSize: {
    env: 'STATIONMASTER_MAX_MESSAGE_SIZE',
    flag: 'max-message-size',
    type: types.bytes({ min: 1024, max: 768 * 1024 }),
    default: EDGE_DEFAULTS.maxMessageBytes,
    help: 'Largest message of a station; a larger one closes its connection (1009).',
    topic: LIMITS,
  },
  pingInterval: {
    env: 'STATIONMASTER_PING_INTERVAL',
    flag: 'ping-interval',
    type: types.duration({ min: 1000, max: HOUR }),
    default: EDGE_DEFAULTS.pingIntervalMs,
    help: 'A station that was silent for so long is pinged.',
    topic: LIMITS,
  },
  deadAfter: {
    env: 'STATIONMASTER_DEAD_AFTER',
    flag: 'dead-after',
    type: types.duration({ min: 2000, max: DAY }),
    default: EDGE_DEFAULTS.deadAfterMs,
    help: 'A station from which nothing was heard for so long, not even a pong, is cut off; longer than the ping interval.',
    topic: LIMITS,
  },
});

/** How it ends. */
export const DRAIN_OPTIONS = optionTable({
  drainTime: {
    env: 'STATIONMASTER_DRAIN_TIME',
    flag: 'drain-time',
    type: types.duration({ min: 0, max: HOUR }),
    default: EDGE_DEFAULTS.drainSpreadMs,
    help: 'On SIGTERM connections are closed spread over this time, those with a running transaction last, so that stations do not all come back at once.',
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
