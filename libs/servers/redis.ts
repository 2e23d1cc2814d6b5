import { mkdir } from 'node:fs/promises';
import { programPath } from './binary.js';
import { ask, freePorts, LOOPBACK } from './ports.js';
import { ServerProcess } from './server-process.js';

export interface RedisOptions {
  /** Folder of its own, for its append-only file; made when it is not there. */
  readonly folder: string;
  /** Left out: a free one. */
  readonly port?: number;
  /** More arguments of redis-server, such as `--cluster-enabled yes`. */
  readonly args?: readonly string[];
}

/** A redis-server on loopback that keeps an append-only file. Started again it has the same port and the same data. */
export class RedisServer extends ServerProcess {
  private constructor(
    readonly port: number,
    { folder, args = [] }: RedisOptions,
  ) {
    super({
      name: 'redis-server',
      program: programPath('redis-server'),
      args: [
        ...['--bind', LOOPBACK, '--port', String(port), '--dir', folder],
        ...['--appendonly', 'yes', '--save', '', ...args],
      ],
      isReady: async () => (await ask(port, 'PING\r\n'))?.startsWith('+PONG') === true,
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
