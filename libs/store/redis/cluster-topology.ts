import { Cluster, type Redis } from 'ioredis';
import { replyCode } from './redis-errors.js';
import {
  commonOptions,
  type ConnectOptions,
  retryDelay,
  type Topology,
  type TopologyEvents,
} from './topology.js';

const LOOK_EVERY_MS = 2_000;
const LOOK_AGAIN_MS = 250;

/**
 * The masters of a Redis Cluster. ioredis' Cluster finds them and keeps the map of the slots; commands go straight to the
 * node's connection and not through the Cluster, which would send them again by itself when a node moves or is lost.
 */
export class ClusterTopology implements Topology {
  readonly #cluster: Cluster;
  readonly #nodes = new Map<string, Redis>();
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = 0;

  constructor(options: ConnectOptions, events: TopologyEvents) {
    const { target, commandTimeoutMs } = options;
    this.#cluster = new Cluster([...target.addresses], {
      redisOptions: { ...commonOptions(options), ...(target.tls ? { tls: {} } : {}) },
      enableOfflineQueue: false,
      enableReadyCheck: false,
      clusterRetryStrategy: retryDelay,
      slotsRefreshTimeout: commandTimeoutMs,
      slotsRefreshInterval: LOOK_EVERY_MS,
      lazyConnect: true,
    });
    this.#cluster.on('+node', (node: Redis) => {
      this.#nodes.set(nameOf(node), node);
      events.added(node);
    });
    // A node that was lost leaves the pool; looking again brings it back, or the one that has taken its place.
    this.#cluster.on('-node', (node: Redis) => {
      if (this.#nodes.get(nameOf(node)) === node) this.#nodes.delete(nameOf(node));
      this.lookAgain();
    });
    this.#cluster.on('refresh', () => this.#connect());
    this.#cluster.on('error', (cause: Error) => {
      events.failed(new Error('none of its nodes answers', { cause }));
    });
    this.#cluster.on('node error', (error: Error, node: string) => events.failed(ofNode(error, node)));
    // A failed attempt is told by 'error' and followed by the next one.
    this.#cluster.connect().catch(() => undefined);
  }

  nodeFor(slot: number): Redis | undefined {
    const name = this.#cluster.slots[slot]?.[0];
    return name === undefined ? undefined : this.#nodes.get(name);
  }

  lookAgain(): void {
    if (this.#timer !== undefined || this.#cluster.status !== 'ready') return;
    const delay = Math.max(0, this.#lookedAt + LOOK_AGAIN_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lookedAt = performance.now();
      this.#cluster.refreshSlotsCache();
    }, delay);
  }

  disconnect(): void {
    clearTimeout(this.#timer);
    this.#cluster.disconnect();
  }

  #connect(): void {
    for (const node of this.#cluster.nodes('master')) {
      if (node.status === 'wait') node.connect().catch(() => undefined);
    }
  }
}

/** A reply is left as it is: it is told apart by its code. */
function ofNode(error: Error, node: string): Error {
  return replyCode(error) === undefined ? new Error(`${node}: ${error.message}`, { cause: error }) : error;
}

function nameOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}
