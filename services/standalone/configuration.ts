import { SHARDS } from '../../libs/link/mod.js';
import { defaultsOf } from '../../libs/ops/mod.js';
import { apiConfigOf, type ApiConfig } from '../api/mod.js';
import { edgeConfigOf, type EdgeConfig } from '../edge/mod.js';
import { askedOf, tokenDoorOf, workerConfigOf, type TokenDoor, type WorkerConfig } from '../worker/mod.js';
import { OPTIONS, type StandaloneConfig } from './options.js';

/** The options' defaults with what `given` sets. */
export function standaloneConfig(given: Partial<StandaloneConfig>): StandaloneConfig {
  return { ...defaultsOf(OPTIONS), ...given };
}

/** Which doors are open: `known` is what the directory, or the tokens file, says. */
export interface Doors {
  readonly stations: 'any' | 'known';
  readonly tokens: TokenDoor;
}

export function doorsOf(config: StandaloneConfig): Doors {
  const { mode, stationsFile } = config;
  return {
    stations: mode === 'open' && stationsFile === undefined ? 'any' : 'known',
    tokens: tokenDoorOf(config),
  };
}

/** @throws ConfigError for options that contradict each other. */
export function standaloneEdge(config: StandaloneConfig): EdgeConfig {
  const mode = doorsOf(config).stations === 'any' ? 'open' : 'provisioned';
  return edgeConfigOf(config, { edgeId: 'standalone', mode, shards: SHARDS });
}

export function standaloneWorker(config: StandaloneConfig): WorkerConfig {
  // Always the same name: a restarted gateway takes its own leases over at once.
  return workerConfigOf(config, { workerId: 'standalone', leaseTtlMs: 15_000 });
}

export function standaloneApi(config: StandaloneConfig): ApiConfig {
  const { stationsFile } = config;
  return apiConfigOf(config, {
    apiId: 'standalone-api',
    asked: askedOf(config),
    ...(stationsFile !== undefined && {
      readOnly: `the stations file ${stationsFile} says which stations may connect: change it there`,
    }),
  });
}
