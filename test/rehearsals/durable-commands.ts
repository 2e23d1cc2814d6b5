import type { CommandCompleted } from '../../libs/api/mod.js';
import { connect, type Gateway } from '../../libs/api/client/mod.js';
import { LOOPBACK } from '../../libs/servers/mod.js';
import { until } from '../client/until.js';
import { pick, type Random } from '../driven/random.js';
import type { StationRecord } from '../driven/records.js';
import type { Servers } from '../faults/servers.js';
import type { LoggedEvent } from '../topology/topology.js';
import { ServiceProcess } from '../topology/process.js';

export interface DurableCommandsOptions {
  readonly servers: Servers;
  readonly random: Random;
  readonly stationIds: readonly string[];
  readonly perSecond: number;
}

const ARRIVE_MS = 30_000;

/** A business service that enqueues commands at an even pace, each once, over an API process of its own: they wait for stations that are away. */
export class DurableCommands {
  readonly #enqueued: string[] = [];
  readonly #errors: unknown[] = [];
  readonly #timer: NodeJS.Timeout;
  #count = 0;
  #open = 0;

  private constructor(
    private readonly api: ServiceProcess,
    private readonly gateway: Gateway,
    private readonly options: DurableCommandsOptions,
  ) {
    this.#timer = setInterval(() => void this.#enqueue(), 1000 / options.perSecond);
  }

  static async start(options: DurableCommandsOptions): Promise<DurableCommands> {
    const { servers } = options;
    const api = new ServiceProcess({
      name: 'api',
      main: 'services/api/main.js',
      started: 'api_started',
      flags: () => [
        ...['--nats-url', servers.natsUrl(undefined), '--redis-url', servers.redisUrl(undefined)],
        ...['--mode', 'open', '--grpc-host', LOOPBACK, '--grpc-port', '0', '--ops-host', LOOPBACK],
        ...['--ops-port', '0'],
      ],
    });
    await api.start();
    const address = `${LOOPBACK}:${Number(api.startLine['grpcPort'])}`;
    return new DurableCommands(api, connect({ address }), options);
  }

  get enqueued(): number {
    return this.#enqueued.length;
  }

  /** Enqueues nothing more; resolves when the stations have got all, or cannot be waited for any longer. */
  async finish(stations: readonly StationRecord[]): Promise<void> {
    clearInterval(this.#timer);
    const allGot = (): boolean => {
      const got = new Set(stations.flatMap(({ commands }) => commands.map(({ id }) => id)));
      return this.#open === 0 && this.#enqueued.every((id) => got.has(id));
    };
    await until('the commands that wait to be sent', allGot, ARRIVE_MS).catch(() => undefined);
  }

  /** What is wrong, a line each: every command ended once, by the answer of its station. That none came twice is checked elsewhere. */
  problems(log: readonly LoggedEvent[]): string[] {
    const ends = new Map<string, string[]>(this.#enqueued.map((id) => [id, []]));
    for (const { type, event } of log) {
      if (type !== 'command.completed') continue;
      const { commandId, outcome } = event.data as CommandCompleted;
      ends.get(commandId)?.push(outcome);
    }
    return [
      ...this.#errors.map((error) => `a command was not taken: ${String(error)}`),
      ...[...ends]
        .filter(([, outcomes]) => outcomes.join() !== 'result')
        .map(([id, outcomes]) => `durable command ${id} ended as: ${outcomes.join()}`),
    ];
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.gateway.close();
    await this.api.kill9();
  }

  async #enqueue(): Promise<void> {
    const { random, stationIds } = this.options;
    const commandId = `durable-${++this.#count}`;
    const payload = { vendorId: 'com.example', messageId: commandId };
    this.#open++;
    try {
      await this.gateway.enqueue(pick(random, stationIds), 'DataTransfer', payload, { commandId });
      this.#enqueued.push(commandId);
    } catch (error) {
      this.#errors.push(error);
    }
    this.#open--;
  }
}
