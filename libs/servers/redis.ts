import { mkdir } from 'node:fs/promises';
import { programPath } from './binary.js';
import { ask, freePorts, LOOPBACK } from './ports.js';
import { ServerProcess } from './server-process.js';

export interface RedisOptions {
  /** Folder of its own, for its append-only file; made when it is not there. */
  readonly folder: string;
  /** Left out: a free one. */
  readonly port?: number;
  /** Left out: a master. Else a replica of that server. */
  readonly replicaOf?: RedisServer;
  /** More arguments of redis-server, such as `--cluster-enabled yes`. */
  readonly args?: readonly string[];
  /** As of ServerProcessOptions. */
  readonly detached?: boolean;
}

/** A redis-server on loopback that keeps an append-only file. Started again it has the same port and the same data. */
export class RedisServer extends ServerProcess {
  private constructor(
    readonly port: number,
    { folder, replicaOf, args = [], detached = false }: RedisOptions,
  ) {
    super({
      name: 'redis-server',
      detached,
      program: programPath('redis-server'),
      args: [
        ...['--bind', LOOPBACK, '--port', String(port), '--dir', folder],
        ...['--appendonly', 'yes', '--save', '', '--repl-diskless-sync-delay', '0'],
        ...(replicaOf === undefined ? [] : ['--replicaof', LOOPBACK, String(replicaOf.port)]),
        ...args,
      ],
      isReady: async () => /^(\+PONG|-NOAUTH)/.test((await ask(port, 'PING\r\n')) ?? ''),
    });
  }

  /** @throws MissingProgram */
  static async start(options: RedisOptions): Promise<RedisServer> {
    await mkdir(options.folder, { recursive: true });
    const [port = 0] = options.port === undefined ? await freePorts(1) : [options.port];
    const server = new RedisServer(port, options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://${LOOPBACK}:${this.port}`;
  }
}
