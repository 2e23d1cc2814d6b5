import { SHARDS } from '../../libs/link/mod.js';
import { LOOPBACK } from '../../libs/servers/mod.js';
import { until } from '../client/until.js';
import type { Reconnection } from '../driven/records.js';
import type { DrivenStation } from '../driven/station.js';
import type { Cluster, EdgePorts, Member } from '../faults/cluster.js';
import type { Load } from '../faults/load.js';
import { metricOf, scrape } from '../smoke/metrics.js';
import type { Exit } from '../topology/process.js';
import type { Balancer } from './balancer.js';
import { StallWatch } from './stall.js';

const SETTLE_MS = 60_000;

/** A process that was replaced. Times by performance.now(), in milliseconds. */
export interface Replacement {
  readonly name: string;
  /** When the old one got its SIGTERM. */
  readonly begun: number;
  /** When it had ended, and all shards were served. */
  readonly ended: number;
  readonly exit: Exit;
  /** Connections that the old one had when it was told to stop, by its own count. */
  readonly connections: number;
  /** Of connections that stations lost meanwhile. */
  readonly losses: readonly Loss[];
  /** How long this process was kept from its work at the longest. */
  readonly stallMs: number;
}

type End = Pick<Replacement, 'exit' | 'ended'>;

export interface Loss extends Reconnection {
  readonly station: DrivenStation;
}

/** Replaces processes one by one; the next one is not touched before everything is at rest. */
export class Rollout {
  readonly #stall = new StallWatch();

  constructor(
    private readonly cluster: Cluster,
    private readonly load: Load,
    /** Undefined: stations know themselves which edges there are. */
    private readonly balancer: Balancer | undefined,
  ) {}

  /** As a rolling update with a surge of one does: the new edge is ready at its place, then the old one is told to stop. */
  async replaceEdge(old: Member, to: EdgePorts): Promise<Replacement> {
    await this.cluster.addEdge(to);
    await this.#balanced();
    return await this.#replacedEdge(old, () => Promise.resolve());
  }

  /** As it is done where there is room for no more: the old edge ends, then the new one starts at its place. */
  async replaceEdgeInPlace(old: Member, place: EdgePorts): Promise<Replacement> {
    return await this.#replacedEdge(old, async () => {
      await this.cluster.addEdge(place);
      await this.#balanced();
    });
  }

  async replaceWorker(old: Member): Promise<Replacement> {
    await this.cluster.addWorker();
    await this.#shardsServed();
    return await this.#replaced(old, 0, async () => {
      const exit = await old.process.stop();
      this.cluster.removeWorker(old);
      await this.#shardsServed();
      return { exit, ended: performance.now() };
    });
  }

  close(): void {
    this.#stall.stop();
  }

  async #replacedEdge(old: Member, after: () => Promise<void>): Promise<Replacement> {
    // A station that has come back says with its next message that its transaction runs.
    await this.#allHeardOf();
    const connections = metricOf(await this.#metricsOf(old), 'stationmaster_edge_connections');
    return await this.#replaced(old, connections, async () => {
      const ending = old.process.stop();
      // Without a balancer, stations do not choose it any more.
      this.cluster.removeEdge(old);
      const end = { exit: await ending, ended: performance.now() };
      await after();
      return end;
    });
  }

  async #balanced(): Promise<void> {
    await this.balancer?.sendsTo(this.cluster.edges.map(({ opsPort }) => opsPort));
  }

  async #replaced(old: Member, connections: number, stop: () => Promise<End>): Promise<Replacement> {
    this.#stall.take();
    const begun = performance.now();
    const { exit, ended } = await stop();
    await this.#allHeardOf();
    const losses = this.load.stations.flatMap((station) =>
      station.reconnections.filter(({ closedAt }) => closedAt >= begun).map((loss) => ({ ...loss, station })),
    );
    return { name: old.name, begun, ended, exit, connections, losses, stallMs: this.#stall.take() };
  }

  /** Every station has been answered on the connection that it has. */
  async #allHeardOf(): Promise<void> {
    const isHeardOf = (station: DrivenStation): boolean => {
      if (!this.load.charges(station)) return station.isConnected;
      const { backAt = Infinity } = station.reconnections.at(-1) ?? { backAt: 0 };
      const answered = station.messages.findLast(
        ({ part, answers }) => part !== 'boot' && answers.length > 0,
      );
      return station.isConnected && (answered?.sentAt ?? 0) > backAt;
    };
    await until(
      'all stations to be answered',
      () => {
        this.load.throwIfFailed();
        return this.load.stations.every(isHeardOf);
      },
      SETTLE_MS,
    );
  }

  async #shardsServed(): Promise<void> {
    await until(
      'all shards to be served',
      async () => {
        const texts = await Promise.all(this.cluster.workers.map((worker) => this.#metricsOf(worker)));
        const owned = texts.map((text) => metricOf(text, 'stationmaster_shards_owned'));
        return owned.every((count) => count > 0) && owned.reduce((sum, count) => sum + count, 0) === SHARDS;
      },
      SETTLE_MS,
    );
  }

  async #metricsOf({ opsPort }: Member): Promise<string> {
    return await scrape(`http://${LOOPBACK}:${opsPort}`);
  }
}
