import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NatsServer } from './nats.js';
import { freePorts, LOOPBACK } from './ports.js';

export interface NatsClusterOptions {
  /** Folder of its own; each node has one in it. */
  readonly folder: string;
  /** How many nodes; 3 unless told. */
  readonly nodes?: number;
}

const READY_DEADLINE_MS = 60_000;
const PROBE_MS = 50;

/** nats-servers on loopback that form a cluster, with JetStream. Each can be killed and started again alone. */
export class NatsCluster {
  private constructor(
    readonly nodes: readonly NatsServer[],
    private readonly monitorPorts: readonly number[],
  ) {}

  /**
   * Resolves when every node serves and JetStream has its leader: after some seconds, as the nodes elect it.
   * @throws MissingProgram
   */
  static async start(options: NatsClusterOptions): Promise<NatsCluster> {
    const count = options.nodes ?? 3;
    const ports = await freePorts(3 * count);
    const clientPorts = ports.slice(0, count);
    const routePorts = ports.slice(count, 2 * count);
    const monitorPorts = ports.slice(2 * count);
    const routes = routePorts.map((port) => `nats://${LOOPBACK}:${port}`);
    const started = await Promise.allSettled(
      clientPorts.map((port, at) => {
        const name = nameOf(at);
        const args = [
          ...['--server_name', name, '--cluster_name', 'stationmaster', '-m', String(monitorPorts[at])],
          ...['--cluster', routes[at] ?? '', '--routes', routes.join(',')],
        ];
        return NatsServer.start({ folder: path.join(options.folder, name), port, args });
      }),
    );
    const nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const cluster = new NatsCluster(nodes, monitorPorts);
    try {
      const failed = started.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      await cluster.ready();
    } catch (error) {
      await cluster.kill9();
      throw error;
    }
    return cluster;
  }

  /** URLs of all nodes, also of those that do not run. */
  get urls(): string[] {
    return this.nodes.map((node) => node.url);
  }

  /**
   * Resolves when every node that runs has caught up with a JetStream leader that runs. Rejects after a minute. Streams
   * elect leaders of their own; theirs may come some seconds later.
   */
  async ready(): Promise<void> {
    const deadline = Date.now() + READY_DEADLINE_MS;
    for (const [at, node] of this.nodes.entries()) {
      while (node.pid !== undefined && !(await this.#isHealthy(at))) {
        if (Date.now() > deadline) {
          throw new Error(`nats-server ${at + 1} is not healthy:\n${node.output.join('\n')}`);
        }
        await sleep(PROBE_MS);
      }
    }
  }

  /** Ends every node at once. */
  async kill9(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill9()));
  }

  async #isHealthy(at: number): Promise<boolean> {
    const port = this.monitorPorts[at] ?? 0;
    if ((await get(port, 'healthz')) === undefined) return false;
    // A follower believes in a leader that was killed for some seconds.
    const status = (await get(port, 'jsz')) as { meta_cluster?: { leader?: string } } | undefined;
    const leader = status?.meta_cluster?.leader;
    return this.nodes.some((node, other) => nameOf(other) === leader && node.pid !== undefined);
  }
}

function nameOf(at: number): string {
  return `n${at + 1}`;
}

/** What the monitoring port answers; undefined unless that is 200. */
async function get(port: number, what: string): Promise<unknown> {
  try {
    const answer = await fetch(`http://${LOOPBACK}:${port}/${what}`, { signal: AbortSignal.timeout(1000) });
    const body: unknown = await answer.json();
    return answer.ok ? body : undefined;
  } catch {
    return undefined;
  }
}
