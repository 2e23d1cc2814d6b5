import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { programPath } from './binary.js';
import { ask, freePorts, LOOPBACK } from './ports.js';
import type { RedisServer } from './redis.js';
import { ServerProcess } from './server-process.js';

export interface RedisSentinelOptions {
  /** Folder of its own, for what it writes down. */
  readonly folder: string;
  /** The master to watch. Its replicas are found through it. */
  readonly master: RedisServer;
  /** Name of the master; `main` unless told. */
  readonly name?: string;
  /** Sentinels that must agree; 1 unless told. */
  readonly quorum?: number;
  /** Silence after which the master is held to be down; 500 unless told. */
  readonly downAfterMs?: number;
}

/** A redis-sentinel on loopback. One alone is enough to fail over when the quorum is 1. */
export class RedisSentinel extends ServerProcess {
  private constructor(
    readonly port: number,
    readonly name: string,
    file: string,
  ) {
    super({
      name: 'redis-sentinel',
      program: programPath('redis-server'),
      args: [file, '--sentinel'],
      isReady: async () => (await ask(port, 'PING\r\n'))?.startsWith('+PONG') === true,
    });
  }

  /** @throws MissingProgram */
  static async start(options: RedisSentinelOptions): Promise<RedisSentinel> {
    const { folder, master, name = 'main', quorum = 1, downAfterMs = 500 } = options;
    const [port = 0] = await freePorts(1);
    const file = path.join(folder, 'sentinel.conf');
    const lines = [
      `bind ${LOOPBACK}`,
      `port ${port}`,
      `dir ${folder}`,
      `sentinel monitor ${name} ${LOOPBACK} ${master.port} ${quorum}`,
      `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
      `sentinel failover-timeout ${name} 5000`,
    ];
    await mkdir(folder, { recursive: true });
    await writeFile(file, `${lines.join('\n')}\n`);
    const sentinel = new RedisSentinel(port, name, file);
    await sentinel.start();
    return sentinel;
  }

  /** Port of the master as this sentinel sees it. */
  async masterPort(): Promise<number> {
    const answer = await ask(this.port, `SENTINEL GET-MASTER-ADDR-BY-NAME ${this.name}\r\n`);
    return Number(answer?.split('\r\n')[4]);
  }

  /** How many replicas of the master this sentinel has found. */
  async replicas(): Promise<number> {
    const answer = (await ask(this.port, 'INFO sentinel\r\n')) ?? '';
    return Number(/slaves=(\d+)/.exec(answer)?.[1] ?? 0);
  }

  get url(): string {
    return `redis+sentinel://${LOOPBACK}:${this.port}/${this.name}`;
  }
}
