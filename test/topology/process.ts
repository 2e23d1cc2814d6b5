import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../libs/clock/mod.js';
import { openLmdbEventLog } from '../../libs/eventlog/mod.js';
import { ServerProcess, type Exit } from '../../libs/servers/mod.js';
import { openLmdb } from '../../libs/store/mod.js';
import { readEvents } from './read-events.js';
import type { LoggedEvent } from './topology.js';

const BUILT = new URL('../../', import.meta.url);
const START_DEADLINE_MS = 45_000;
const STOP_DEADLINE_MS = 30_000;

export type { Exit } from '../../libs/servers/mod.js';

export interface ServiceProcessOptions {
  /** For error messages: `edge A`. */
  readonly name: string;
  /** The program, as built: `services/edge/main.js`. */
  readonly main: string;
  /** `msg` of the log line that says that it serves: `edge_started`. */
  readonly started: string;
  /** Asked for at each start, so that a second one may take the ports of the first. */
  flags(): readonly string[];
  /** Beside this process' own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The log line that says that a program serves, such as `{"msg":"edge_started","ocppPort":…,"opsPort":…}`. */
export type StartLine = Readonly<Record<string, unknown>>;

/** One of the project's programs as a process of its own. */
export class ServiceProcess extends ServerProcess {
  #startLine: StartLine | undefined;
  /** Told of every line that it writes. */
  onLine: ((line: string) => void) | undefined;

  constructor({ name, main, started, flags, env = {} }: ServiceProcessOptions) {
    super({
      name: `${name} (${main})`,
      program: process.execPath,
      args: () => ['--enable-source-maps', fileURLToPath(new URL(main, BUILT)), ...flags()],
      env: { ...process.env, ...env },
      startDeadlineMs: START_DEADLINE_MS,
      stopDeadlineMs: STOP_DEADLINE_MS,
      onLine: (line, stream) => {
        this.onLine?.(line);
        if (stream !== 'stdout' || !line.includes(`"${started}"`)) return;
        this.#startLine = JSON.parse(line) as StartLine;
      },
      isReady: () => Promise.resolve(this.#startLine !== undefined),
    });
  }

  /** Of its last start. @throws Error when it has not served yet. */
  get startLine(): StartLine {
    if (this.#startLine === undefined) throw new Error('it has not said that it serves');
    return this.#startLine;
  }

  override async start(): Promise<void> {
    this.#startLine = undefined;
    await super.start();
  }
}

/** The standalone gateway as a process of its own, as `npm start` runs it. */
export class GatewayProcess {
  readonly #process: ServiceProcess;
  #ports = { ocppPort: 0, opsPort: 0, grpcPort: 0 };

  private constructor(
    private readonly folder: string,
    flags: readonly string[],
  ) {
    this.#process = new ServiceProcess({
      name: 'the gateway',
      main: 'services/standalone/main.js',
      started: 'gateway_started',
      flags: () => [
        ...['--data-dir', this.dataDir, '--host', '127.0.0.1', '--ops-host', '127.0.0.1'],
        ...['--ocpp-port', String(this.#ports.ocppPort), '--ops-port', String(this.#ports.opsPort)],
        ...['--grpc-port', String(this.#ports.grpcPort), '--drain-time', '0', ...flags],
      ],
    });
  }

  /** Starts a gateway in open mode with a folder of its own, on free ports. */
  static async start(flags: readonly string[] = []): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(await mkdtemp(path.join(tmpdir(), 'stationmaster-')), flags);
    try {
      await gateway.start();
    } catch (error) {
      await gateway.close();
      throw error;
    }
    return gateway;
  }

  /** Its process id; undefined when it does not run. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The last lines it wrote. */
  get output(): readonly string[] {
    return this.#process.output;
  }

  /** Told of every line that it writes. */
  set onLine(listener: (line: string) => void) {
    this.#process.onLine = listener;
  }

  get ocppUrl(): string {
    return `ws://127.0.0.1:${this.#ports.ocppPort}/ocpp`;
  }

  get opsUrl(): string {
    return `http://127.0.0.1:${this.#ports.opsPort}`;
  }

  /** Where gRPC is served. */
  get grpcAddress(): string {
    return `127.0.0.1:${this.#ports.grpcPort}`;
  }

  get dataDir(): string {
    return path.join(this.folder, 'data');
  }

  /** Starts it, again on the same state and the same ports. Resolves when it serves stations. */
  async start(): Promise<void> {
    await this.#process.start();
    const { ocppPort, opsPort, grpcPort } = this.#process.startLine;
    this.#ports = { ocppPort: Number(ocppPort), opsPort: Number(opsPort), grpcPort: Number(grpcPort) };
  }

  /** Ends it at once, without a chance to do anything. */
  async kill9(): Promise<void> {
    await this.#process.kill9();
  }

  /** Asks it to end, as a service manager does. */
  async stop(): Promise<Exit> {
    return await this.#process.stop();
  }

  /** What stands in the event log. Only while the gateway is stopped. */
  async events(): Promise<readonly LoggedEvent[]> {
    const clock = systemClock();
    const environment = await openLmdb({ path: this.dataDir, clock });
    try {
      const eventlog = await openLmdbEventLog({ environment, clock });
      const events = await readEvents(eventlog);
      await eventlog.close();
      return events;
    } finally {
      await environment.close();
    }
  }

  /** Ends it if it runs, and removes its folder. */
  async close(): Promise<void> {
    await this.kill9();
    await rm(this.folder, { recursive: true, force: true });
  }
}
