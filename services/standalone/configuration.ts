import { DEFAULT_QUIRKS, isQuirk, type QuirkSet } from '../../libs/ocpp/mod.js';
import { ConfigError, defaultsOf } from '../../libs/ops/mod.js';
import { edgeConfig, type EdgeConfig } from '../edge/mod.js';
import type { WorkerConfig } from '../worker/config.js';
import { DEFAULT_STATION_CONFIG, type DecisionAction } from '../worker/station/mod.js';
import { TOKEN_ACTIONS } from './decider.js';
import { OPTIONS, type QuirkSwitch, type StandaloneConfig } from './options.js';

/** The options' defaults with what `given` sets. */
export function standaloneConfig(given: Partial<StandaloneConfig>): StandaloneConfig {
  return { ...defaultsOf(OPTIONS), ...given };
}

/** Which doors are open: `known` is what the directory, or the tokens file, says. */
export interface Doors {
  readonly stations: 'any' | 'known';
  /** `ask`: neither open nor in a file; a business service may decide, else they are refused. */
  readonly tokens: 'any' | 'known' | 'ask';
}

export function doorsOf({ mode, stationsFile, tokensFile }: StandaloneConfig): Doors {
  return {
    stations: mode === 'open' && stationsFile === undefined ? 'any' : 'known',
    tokens: tokensFile !== undefined ? 'known' : mode === 'open' ? 'any' : 'ask',
  };
}

/** @throws ConfigError for options that contradict each other. */
export function edgeConfigOf(config: StandaloneConfig, shards: number): EdgeConfig {
  checkTogether(config);
  const { tlsPort, tlsCert, tlsKey } = config;
  const certificates = tlsCert.map((certFile, at) => ({ certFile, keyFile: tlsKey[at] ?? '' }));
  return edgeConfig({
    edgeId: 'standalone',
    mode: doorsOf(config).stations === 'any' ? 'open' : 'provisioned',
    host: config.host,
    port: config.ocppPort,
    socket: config.socket,
    basePath: config.basePath,
    versions: config.versions,
    quirks: quirksOf(config.quirks),
    shards,
    maxConnections: config.maxConnections,
    connectionRate: config.connectionRate,
    connectionBurst: config.connectionBurst,
    maxMessageBytes: config.maxMessageSize,
    stationRateLimit: config.stationRateLimit,
    stationBurst: config.stationBurst,
    callDeadlineMs: config.callDeadline,
    pingIntervalMs: config.pingInterval,
    deadAfterMs: config.deadAfter,
    drainSpreadMs: config.drainTime,
    ...(tlsPort === undefined ? {} : { tls: { host: config.host, port: tlsPort, certificates } }),
  });
}

/** Time by which the actor's own limit for a decision is longer than the bus': the bus' answer then comes first. */
const DECISION_MARGIN_MS = 1000;

export function workerConfigOf(config: StandaloneConfig): WorkerConfig {
  return {
    // Always the same: a restarted gateway takes its own leases over at once.
    workerId: 'standalone',
    leaseTtlMs: 15_000,
    decisionTimeoutMs: config.decisionTimeout,
    commandTimeoutMs: config.commandTimeout,
    passivateAfterMs: 30_000,
    station: {
      ...DEFAULT_STATION_CONFIG,
      asks: new Set<DecisionAction>(TOKEN_ACTIONS),
      decisionTimeoutMs: config.decisionTimeout + DECISION_MARGIN_MS,
      heartbeatIntervalS: Math.round(config.heartbeatInterval / 1000),
      bootRetryIntervalS: Math.round(config.bootRetryInterval / 1000),
    },
  };
}

/** What the event log may forget. */
export function retentionOf({ eventLimit, eventRetention }: StandaloneConfig): {
  maxEntries?: number;
  maxAgeMs?: number;
} {
  return {
    ...(eventLimit > 0 && { maxEntries: eventLimit }),
    ...(eventRetention > 0 && { maxAgeMs: eventRetention }),
  };
}

function checkTogether(config: StandaloneConfig): void {
  const { tlsPort, tlsCert, tlsKey, pingInterval, deadAfter, versions } = config;
  if (tlsPort !== undefined && tlsCert.length === 0) {
    throw new ConfigError(
      '--tls-port needs --tls-cert and --tls-key, the certificate and its private key as PEM files',
    );
  }
  if (tlsPort === undefined && tlsCert.length > 0)
    throw new ConfigError('--tls-cert needs --tls-port as well');
  if (tlsCert.length !== tlsKey.length) {
    throw new ConfigError(
      `--tls-cert names ${tlsCert.length} files but --tls-key ${tlsKey.length}: a key for each certificate`,
    );
  }
  if (deadAfter <= pingInterval) {
    throw new ConfigError(
      `--dead-after (${deadAfter} ms) must be longer than --ping-interval (${pingInterval} ms)`,
    );
  }
  if (versions.length === 0) throw new ConfigError('--versions is empty: name at least one OCPP version');
}

function quirksOf(switches: readonly QuirkSwitch[]): QuirkSet {
  const quirks = new Set(DEFAULT_QUIRKS);
  for (const name of switches) {
    if (isQuirk(name)) quirks.add(name);
    else for (const quirk of DEFAULT_QUIRKS) if (name === `-${quirk}`) quirks.delete(quirk);
  }
  return quirks;
}
