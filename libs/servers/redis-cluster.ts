import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, freePorts, LOOPBACK } from './ports.js';
import { RedisServer } from './redis.js';

export interface RedisClusterOptions {
  /** Folder of its own; each node has one in it. */
  readonly folder: string;
  /** 3 unless told. */
  readonly masters?: number;
  /** After so many milliseconds of silence a node is held to be down; 500 unless told. */
  readonly nodeTimeoutMs?: number;
  /** More arguments of each redis-server. */
  readonly args?: readonly string[];
}

const SLOTS = 16_384;
const FORM_DEADLINE_MS = 20_000;
const PROBE_MS = 20;

/**
 * A Redis Cluster of masters without replicas on loopback, in which the others serve on when one is down. Each node can
 * be killed and started again by itself.
 */
export class RedisCluster {
  private constructor(readonly nodes: readonly RedisServer[]) {}

  /** @throws MissingProgram */
  static async start({
    folder,
    masters = 3,
    nodeTimeoutMs = 500,
    args = [],
  }: RedisClusterOptions): Promise<RedisCluster> {
    const ports = await freePorts(masters * 2);
    const buses = ports.splice(masters);
    const started = await Promise.allSettled(
      ports.map((port, at) =>
        RedisServer.start({
          folder: path.join(folder, `node-${at}`),
          port,
          args: [
            ...['--cluster-enabled', 'yes', '--cluster-port', String(buses[at])],
            ...['--cluster-node-timeout', String(nodeTimeoutMs), '--cluster-require-full-coverage', 'no'],
            ...args,
          ],
        }),
      ),
    );
    const nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const cluster = new RedisCluster(nodes);
    try {
      for (const result of started) if (result.status === 'rejected') throw result.reason;
      await cluster.#form(buses);
    } catch (error) {
      await cluster.kill9();
      throw error;
    }
    return cluster;
  }

  get url(): string {
    return `redis+cluster://${this.nodes.map((node) => `${LOOPBACK}:${node.port}`).join(',')}`;
  }

  /** The node that serves `slot`. */
  nodeOf(slot: number): RedisServer {
    const node = this.nodes[Math.floor((slot * this.nodes.length) / SLOTS)];
    if (node === undefined) throw new Error(`slot ${slot} does not exist`);
    return node;
  }

  /** Resolves when every node that runs has seen that all of them are there. */
  async isWhole(): Promise<void> {
    const deadline = Date.now() + FORM_DEADLINE_MS;
    for (const node of this.nodes) {
      while (!(await this.#seesAll(node))) {
        if (Date.now() > deadline) throw new Error('the nodes do not form a Redis Cluster');
        await sleep(PROBE_MS);
      }
    }
  }

  /** Moves a slot that holds few keys to another node. `nodeOf` does not learn it. */
  async move(slot: number, to: RedisServer): Promise<void> {
    const ids = new Map<RedisServer, string>();
    for (const node of this.nodes) ids.set(node, bulk(await ask(node.port, 'CLUSTER MYID\r\n')));
    const from = await this.#ownerOf(slot, ids);
    if (from === to) return;
    await order(to, `CLUSTER SETSLOT ${slot} IMPORTING ${ids.get(from)}`);
    await order(from, `CLUSTER SETSLOT ${slot} MIGRATING ${ids.get(to)}`);
    const keys = (await ask(from.port, `CLUSTER GETKEYSINSLOT ${slot} 1000\r\n`)) ?? '';
    const names = keys.split('\r\n').filter((line) => line !== '' && !/^[*$]/.test(line));
    if (names.length > 0) {
      await order(from, `MIGRATE ${LOOPBACK} ${to.port} "" 0 5000 KEYS ${names.join(' ')}`);
    }
    for (const node of [to, ...this.nodes]) await order(node, `CLUSTER SETSLOT ${slot} NODE ${ids.get(to)}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  async kill9(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill9()));
  }

  async #form(buses: readonly number[]): Promise<void> {
    const first = this.nodes[0];
    for (const [at, node] of this.nodes.entries()) {
      const from = Math.ceil((at * SLOTS) / this.nodes.length);
      const to = Math.ceil(((at + 1) * SLOTS) / this.nodes.length) - 1;
      await order(node, `CLUSTER ADDSLOTSRANGE ${from} ${to}`);
      await order(node, `CLUSTER SET-CONFIG-EPOCH ${at + 1}`);
      if (first !== undefined && node !== first) {
        await order(node, `CLUSTER MEET ${LOOPBACK} ${first.port} ${buses[0]}`);
      }
    }
    await this.isWhole();
  }

  async #ownerOf(slot: number, ids: ReadonlyMap<RedisServer, string>): Promise<RedisServer> {
    for (const [node, id] of ids) {
      const lines = bulk(await ask(node.port, 'CLUSTER NODES\r\n')).split('\n');
      const ranges =
        lines
          .find((line) => line.startsWith(id))
          ?.split(' ')
          .slice(8) ?? [];
      const has = ranges.some((range) => {
        const [low = Number.NaN, high = low] = range.split('-').map(Number);
        return low <= slot && slot <= high;
      });
      if (has) return node;
    }
    throw new Error(`no node serves slot ${slot}`);
  }

  async #seesAll({ port }: RedisServer): Promise<boolean> {
    const info = (await ask(port, 'CLUSTER INFO\r\n')) ?? '';
    const count = this.nodes.length;
    return [`state:ok`, `known_nodes:${count}`, `size:${count}`, `slots_ok:${SLOTS}`].every((line) =>
      info.includes(`cluster_${line}\r\n`),
    );
  }
}

async function order({ port }: RedisServer, command: string): Promise<void> {
  const answer = await ask(port, `${command}\r\n`);
  if (answer !== '+OK\r\n') throw new Error(`${command}: ${answer ?? 'no answer'}`);
}

/** The text of a bulk string. */
function bulk(answer: string | undefined): string {
  return answer?.slice(answer.indexOf('\r\n') + 2, -2) ?? '';
}
