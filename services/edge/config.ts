import { randomBytes } from 'node:crypto';
import { SHARDS } from '../../libs/link/mod.js';
import { DEFAULT_QUIRKS, VERSIONS, type QuirkSet, type Version } from '../../libs/ocpp/mod.js';
import type { CertificateFiles } from '../../libs/ops/mod.js';
import { OCPP_CIPHERS, type SocketChoice } from './socket/mod.js';

/** Everything about an edge that can be set. Times in milliseconds, sizes in bytes. */
export interface EdgeConfig {
  /** Name of this process in subjects: `[A-Za-z0-9_-]+`, no two edges of a cluster alike. */
  readonly edgeId: string;
  /** `open`: every station is let in, nothing is looked up. `provisioned`: only stations of the directory. */
  readonly mode: 'open' | 'provisioned';
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** True: several edges of one machine listen on the same port (SO_REUSEPORT). */
  readonly sharePort: boolean;
  readonly socket: SocketChoice;
  /** A second, TLS port. */
  readonly tls: EdgeTlsConfig | undefined;
  /** Stations connect at `<basePath>/<station id>`. */
  readonly basePath: string;
  /** IP addresses and networks of the proxies in front, whose headers say who connects; of others they are ignored. */
  readonly trustedProxies: readonly string[];
  /** O that a client certificate must have (A00.FR.404); undefined: any. */
  readonly cpoName: string | undefined;
  /** OCPP versions that are served. */
  readonly versions: readonly Version[];
  /** Quirks tolerated of every station; the directory may add some for one. */
  readonly quirks: QuirkSet;
  /** What a handshake without subprotocol means, where quirk `missing_subprotocol` is on. */
  readonly defaultVersion: Version;
  /** Number of shards of the cluster. */
  readonly shards: number;

  readonly maxConnections: number;
  /** Handshakes a second that are taken up in the long run (0: no limit), and how many at once. */
  readonly connectionRate: number;
  readonly connectionBurst: number;
  /** Percentage of the burst that is kept for stations with a running transaction. */
  readonly connectionReserve: number;
  /** Handshakes that wait for the directory, and look-ups that are made at the same time. */
  readonly maxPendingHandshakes: number;
  readonly directoryConcurrency: number;
  readonly directoryTimeoutMs: number;
  /** `Retry-After` of a refusal for now: a random whole number of seconds in this range. */
  readonly retryAfterSeconds: readonly [least: number, most: number];

  /** Largest message of a station. */
  readonly maxMessageBytes: number;
  /** Messages a second that are read of one station in the long run (0: no limit), and how many at once. */
  readonly stationRateLimit: number;
  readonly stationBurst: number;
  /** Malformed messages in a row after which a station is cut off. */
  readonly maxFaultsInRow: number;
  /** CALLs of a station that wait for the one in flight: reading stops at so many… */
  readonly pauseAtQueuedCalls: number;
  /** …and past so many bytes (256 are added for each CALL) they are refused; per station and in all. */
  readonly maxQueuedBytes: number;
  readonly maxQueuedBytesTotal: number;

  /** A CALL that no worker answered by then is answered with InternalError. */
  readonly callDeadlineMs: number;
  /** A CALL is published again after so long without an answer, then after twice as long, and so on to the most. */
  readonly resendAfterMs: number;
  readonly resendAtMostMs: number;
  /** The same, where nobody serves the station's shard. */
  readonly unownedRetryMs: number;
  readonly unownedRetryAtMostMs: number;

  /** Bytes that may wait for a station to read, and how long: then it is cut off. */
  readonly maxBufferedBytes: number;
  readonly stalledAfterMs: number;
  /** 2.x messages of at least this size are compressed, where the station offers it. */
  readonly compressFromBytes: number;
  /** A station that was silent for so long is pinged. */
  readonly pingIntervalMs: number;
  /** A station from which nothing was heard for so long is cut off. */
  readonly deadAfterMs: number;

  /** Draining closes the connections evenly over this time… */
  readonly drainSpreadMs: number;
  /** …each when its CALLs, and ours to it, are answered, or after so long. */
  readonly drainCallWaitMs: number;
}

export interface EdgeTlsConfig {
  readonly host: string;
  readonly port: number;
  /** One pair; two (an ECDSA and an RSA one) only with the `ws` socket, which `auto` then takes. */
  readonly certificates: readonly CertificateFiles[];
  readonly ciphers: string;
  /** How often the files are looked at for new certificates; 0: never. */
  readonly reloadCheckMs: number;
}

const KIB = 1024;

/** What an edge does unless it is told otherwise. */
export const EDGE_DEFAULTS: Omit<EdgeConfig, 'edgeId'> = {
  mode: 'provisioned',
  host: '0.0.0.0',
  port: 9220,
  sharePort: false,
  socket: 'auto',
  tls: undefined,
  basePath: '/ocpp',
  trustedProxies: [],
  cpoName: undefined,
  versions: VERSIONS,
  quirks: DEFAULT_QUIRKS,
  defaultVersion: '1.6',
  shards: SHARDS,
  maxConnections: 200_000,
  connectionRate: 2000,
  connectionBurst: 2000,
  connectionReserve: 10,
  maxPendingHandshakes: 10_000,
  directoryConcurrency: 256,
  directoryTimeoutMs: 5000,
  retryAfterSeconds: [5, 20],
  maxMessageBytes: 512 * KIB,
  stationRateLimit: 100,
  stationBurst: 200,
  maxFaultsInRow: 100,
  pauseAtQueuedCalls: 4,
  maxQueuedBytes: 1024 * KIB,
  maxQueuedBytesTotal: 256 * 1024 * KIB,
  callDeadlineMs: 30_000,
  resendAfterMs: 2000,
  resendAtMostMs: 10_000,
  unownedRetryMs: 100,
  unownedRetryAtMostMs: 2000,
  maxBufferedBytes: 1024 * KIB,
  stalledAfterMs: 30_000,
  compressFromBytes: 512,
  pingIntervalMs: 30_000,
  deadAfterMs: 90_000,
  drainSpreadMs: 5000,
  drainCallWaitMs: 5000,
};

const TLS_DEFAULTS: EdgeTlsConfig = {
  host: '0.0.0.0',
  port: 9223,
  certificates: [],
  ciphers: OCPP_CIPHERS,
  reloadCheckMs: 60_000,
};

/** What a caller may leave out. */
export type EdgeConfigInput = Partial<Omit<EdgeConfig, 'tls'>> & { readonly tls?: Partial<EdgeTlsConfig> };

/**
 * The configuration with the defaults for what `input` leaves out.
 * @throws Error that says what to change, for values that cannot work.
 */
export function edgeConfig(input: EdgeConfigInput = {}): EdgeConfig {
  const { tls, ...rest } = input;
  const config: EdgeConfig = {
    edgeId: `edge-${randomBytes(4).toString('hex')}`,
    ...EDGE_DEFAULTS,
    ...rest,
    tls: tls === undefined ? undefined : { ...TLS_DEFAULTS, ...tls },
  };
  check(config);
  return config;
}

function check(config: EdgeConfig): void {
  if (!/^[A-Za-z0-9_-]+$/.test(config.edgeId)) {
    throw new Error(`edgeId '${config.edgeId}' may hold only letters, digits, '-' and '_'`);
  }
  if (!config.basePath.startsWith('/')) throw new Error(`basePath '${config.basePath}' must start with '/'`);
  if (config.versions.length === 0)
    throw new Error('versions is empty: name at least one OCPP version to serve');
  if (config.tls?.certificates.length === 0) throw new Error('tls needs a certificate and its key file');
  if (config.deadAfterMs <= config.pingIntervalMs) {
    throw new Error(
      `deadAfterMs (${config.deadAfterMs}) must be above pingIntervalMs (${config.pingIntervalMs})`,
    );
  }
}
