import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../libs/ops/mod.js';
import { standaloneConfig } from '../../services/standalone/configuration.js';
import type { StandaloneConfig } from '../../services/standalone/options.js';
import { startStandalone, type Standalone } from '../../services/standalone/start.js';
import { readEvents } from './read-events.js';
import { startOpenQuestions } from './open-questions.js';
import type { Settings, StartTopology, Topology } from './topology.js';

/** The standalone gateway in this process, on one of its WebSocket implementations, with its state in a folder of its own. */
export function inProcess(socket: 'uws' | 'ws'): StartTopology {
  return async (settings) => await startInProcess(settings, socket);
}

async function startInProcess(settings: Settings, socket: 'uws' | 'ws'): Promise<Topology> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  try {
    const config = { ...(await configOf(settings, folder)), socket };
    if (settings.asks !== undefined) return await startOpenQuestions(config, settings.asks, folder);
    return new InProcess(config, folder, await startStandalone(config, { logger: silentLogger() }));
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

class InProcess implements Topology {
  #gateway: Standalone;
  readonly #config: StandaloneConfig;
  readonly #folder: string;

  constructor(config: StandaloneConfig, folder: string, gateway: Standalone) {
    this.#gateway = gateway;
    this.#folder = folder;
    const { ocppPort, opsPort, grpcPort } = gateway;
    this.#config = { ...config, ocppPort, opsPort, grpcPort };
  }

  get ocppUrl(): string {
    return `ws://127.0.0.1:${this.#config.ocppPort}/ocpp`;
  }

  get opsUrl(): string {
    return `http://127.0.0.1:${this.#config.opsPort}`;
  }

  get grpcAddress(): string {
    return `127.0.0.1:${this.#config.grpcPort}`;
  }

  get bus(): Standalone['bus'] {
    return this.#gateway.bus;
  }

  async events(token?: string): ReturnType<Topology['events']> {
    return await readEvents(this.#gateway.eventlog, token);
  }

  async restart(): Promise<void> {
    await this.#gateway.drain();
    this.#gateway = await startStandalone(this.#config, { logger: silentLogger() });
  }

  async close(): Promise<void> {
    await this.#gateway.close();
    await rm(this.#folder, { recursive: true });
  }
}

async function configOf(settings: Settings, folder: string): Promise<StandaloneConfig> {
  const { stations, tokens, commandTimeoutMs, asks: _asks, ...limits } = settings;
  const file = async (name: string, content: readonly object[] | undefined): Promise<object> => {
    if (content === undefined) return {};
    const at = path.join(folder, `${name}.json`);
    await writeFile(at, JSON.stringify({ [name]: content }));
    return { [`${name}File`]: at };
  };
  return standaloneConfig({
    dataDir: path.join(folder, 'data'),
    host: '127.0.0.1',
    ocppPort: 0,
    opsHost: '127.0.0.1',
    opsPort: 0,
    grpcPort: 0,
    drainTime: 0,
    ...limits,
    ...(await file('stations', stations)),
    ...(await file('tokens', tokens)),
    ...(commandTimeoutMs === undefined ? {} : { commandTimeout: commandTimeoutMs }),
  });
}
