import { DEFAULT_QUIRKS, isQuirk, type QuirkSet } from '../../libs/ocpp/mod.js';
import { ConfigError } from '../../libs/ops/mod.js';
import { edgeConfig, type EdgeConfig } from './config.js';
import type { EdgeSettings, QuirkSwitch } from './settings.js';

/** What an edge is told by the process that it is part of. */
export type EdgePlace = Pick<EdgeConfig, 'mode' | 'shards'> &
  Partial<Pick<EdgeConfig, 'edgeId' | 'sharePort'>>;

/** @throws ConfigError for settings that contradict each other. */
export function edgeConfigOf(settings: EdgeSettings, place: EdgePlace): EdgeConfig {
  checkTogether(settings);
  const { tlsPort, tlsCert, tlsKey } = settings;
  const certificates = tlsCert.map((certFile, at) => ({ certFile, keyFile: tlsKey[at] ?? '' }));
  return edgeConfig({
    ...place,
    host: settings.host,
    port: settings.ocppPort,
    socket: settings.socket,
    basePath: settings.basePath,
    trustedProxies: settings.trustedProxies,
    cpoName: settings.cpoName,
    versions: settings.versions,
    quirks: quirksOf(settings.quirks),
    maxConnections: settings.maxConnections,
    connectionRate: settings.connectionRate,
    connectionBurst: settings.connectionBurst,
    connectionReserve: settings.connectionReserve,
    maxMessageBytes: settings.maxMessageSize,
    stationRateLimit: settings.stationRateLimit,
    stationBurst: settings.stationBurst,
    callDeadlineMs: settings.callDeadline,
    pingIntervalMs: settings.pingInterval,
    deadAfterMs: settings.deadAfter,
    drainSpreadMs: settings.drainTime,
    ...(tlsPort === undefined ? {} : { tls: { host: settings.host, port: tlsPort, certificates } }),
  });
}

function checkTogether(settings: EdgeSettings): void {
  const { tlsPort, tlsCert, tlsKey, pingInterval, deadAfter, versions } = settings;
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
