import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../libs/clock/mod.js';
import { openLmdbEventLog } from '../../libs/eventlog/mod.js';
import { diesWithUs, type Exit } from '../../libs/servers/mod.js';
import { openLmdb } from '../../libs/store/mod.js';
import { within } from '../client/until.js';
import { readEvents } from './read-events.js';
import type { LoggedEvent } from './topology.js';

const BUILT = new URL('../../', import.meta.url);
const START_DEADLINE_MS = 45_000;
const STOP_DEADLINE_MS = 30_000;
const KEPT_LINES = 40;

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

/** One of the project's programs as a process of its own, which can be started again after its end. Dies with this process. */
export class ServiceProcess {
  #child: ChildProcess | undefined;
  #exited: Promise<Exit> = Promise.resolve(0);
  /** The last lines it wrote, for who has to find out why it does not do what it should. */
  readonly output: string[] = [];
  /** Told of every line that it writes. */
  onLine: ((line: string) => void) | undefined;

  constructor(private readonly options: ServiceProcessOptions) {}

  /** Its process id; undefined when it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it has ended, however; at once when it does not run. */
  get exited(): Promise<Exit> {
    return this.#exited;
  }

  /** Starts it; resolves when it serves, with the log line that says so. Rejects when it ends before, or is not ready in time. */
  async start(): Promise<StartLine> {
    const { name, main, started } = this.options;
    const child = this.#spawn();
    const serving = new Promise<StartLine>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#keep(line);
        if (line.includes(`"${started}"`)) resolve(JSON.parse(line) as StartLine);
      });
      createInterface({ input: child.stderr }).on('line', (line) => this.#keep(line));
      void this.#exited.then((exit) => {
        reject(new Error(`${name} (${main}) ended (${exit}) before it served:\n${this.output.join('\n')}`));
      });
    });
    return await within(`the start of ${name}`, serving, START_DEADLINE_MS);
  }

  /** `SIGSTOP` freezes it, `SIGCONT` lets it go on, `SIGHUP` has it read its files again. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it at once, without a chance to do anything. */
  async kill9(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#gone();
  }

  /** Asks it to end, as a service manager does. */
  async stop(): Promise<Exit> {
    this.#child?.kill('SIGTERM');
    return await this.#gone();
  }

  #spawn() {
    const { main, flags, env = {} } = this.options;
    const args = ['--enable-source-maps', fileURLToPath(new URL(main, BUILT)), ...flags()];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#child = child;
    diesWithUs(child);
    this.#exited = once(child, 'exit').then(([status, signal]) => (signal ?? status) as Exit);
    return child;
  }

  async #gone(): Promise<Exit> {
    const exit = await within(`the end of ${this.options.name}`, this.#exited, STOP_DEADLINE_MS);
    this.#child = undefined;
    return exit;
  }

  #keep(line: string): void {
    this.onLine?.(line);
    this.output.push(line);
    if (this.output.length > KEPT_LINES) this.output.shift();
  }
}

/** The standalone gateway as a process of its own, as `npm start` runs it. */
export class GatewayProcess {
  readonly #process: ServiceProcess;
  #ports = { ocppPort: 0, opsPort: 0 };

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
        ...['--drain-time', '0', ...flags],
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

  get dataDir(): string {
    return path.join(this.folder, 'data');
  }

  /** Starts it, again on the same state and the same ports. Resolves when it serves stations. */
  async start(): Promise<void> {
    const { ocppPort, opsPort } = await this.#process.start();
    this.#ports = { ocppPort: Number(ocppPort), opsPort: Number(opsPort) };
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
