import path from 'node:path';
import { programPath } from './binary.js';
import { ask, freePorts, LOOPBACK } from './ports.js';
import { ServerProcess } from './server-process.js';

export interface NatsOptions {
  /** Folder of its own, for JetStream. */
  readonly folder: string;
  /** Left out: a free one. */
  readonly port?: number;
  /** False: without JetStream. */
  readonly jetstream?: boolean;
  /** More arguments of nats-server. */
  readonly args?: readonly string[];
  /** As of ServerProcessOptions. */
  readonly detached?: boolean;
}

/** A nats-server on loopback, with JetStream unless it is told otherwise. Started again it has the same port and the same folder. */
export class NatsServer extends ServerProcess {
  private constructor(
    readonly port: number,
    { folder, jetstream = true, args = [], detached = false }: NatsOptions,
  ) {
    const store = jetstream ? ['-js', '-sd', path.join(folder, 'jetstream')] : [];
    super({
      name: 'nats-server',
      detached,
      program: programPath('nats-server'),
      args: ['-a', LOOPBACK, '-p', String(port), ...store, ...args],
      isReady: async () => (await ask(port, ''))?.startsWith('INFO') === true,
    });
  }

  /** @throws MissingProgram */
  static async start(options: NatsOptions): Promise<NatsServer> {
    const [port = 0] = options.port === undefined ? await freePorts(1) : [options.port];
    const server = new NatsServer(port, options);
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://${LOOPBACK}:${this.port}`;
  }
}
