import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../libs/clock/mod.js';
import { openLmdbEventLog } from '../../libs/eventlog/mod.js';
import { openLmdb } from '../../libs/store/mod.js';
import { within } from '../client/until.js';
import { readEvents } from './read-events.js';
import type { LoggedEvent } from './topology.js';

const MAIN = fileURLToPath(new URL('../../services/standalone/main.js', import.meta.url));
const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 30_000;
const KEPT_LINES = 40;

/** How a process ended: its exit status, or the signal that killed it. */
export type Exit = number | NodeJS.Signals;

/** The standalone gateway as a process of its own, as `npm start` runs it. */
export class GatewayProcess {
  #child: ChildProcess | undefined;
  #exited: Promise<Exit> = Promise.resolve(0);
  #ports = { ocppPort: 0, opsPort: 0 };
  /** The last lines it wrote, for who has to find out why it does not do what it should. */
  readonly output: string[] = [];
  /** Told of every line that it writes. */
  onLine: ((line: string) => void) | undefined;

  private constructor(
    private readonly folder: string,
    private readonly flags: readonly string[],
  ) {}

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
    return this.#child?.pid;
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
    const { ocppPort, opsPort } = this.#ports;
    const args = [
      ...[
        '--enable-source-maps',
        MAIN,
        '--data-dir',
        this.dataDir,
        '--host',
        '127.0.0.1',
        '--ops-host',
        '127.0.0.1',
      ],
      ...['--ocpp-port', String(ocppPort), '--ops-port', String(opsPort), '--drain-time', '0'],
      ...this.flags,
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const killToo = (): void => void child.kill('SIGKILL');
    process.once('exit', killToo);
    this.#exited = once(child, 'exit').then(([status, signal]) => {
      process.removeListener('exit', killToo);
      return (signal ?? status) as Exit;
    });
    const started = new Promise<{ ocppPort: number; opsPort: number }>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#keep(line);
        if (line.includes('"gateway_started"'))
          resolve(JSON.parse(line) as { ocppPort: number; opsPort: number });
      });
      createInterface({ input: child.stderr }).on('line', (line) => this.#keep(line));
      void this.#exited.then((exit) => {
        reject(new Error(`the gateway ended (${exit}) before it served:\n${this.output.join('\n')}`));
      });
    });
    this.#ports = await within('the start of the gateway', started, START_DEADLINE_MS);
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

  async #gone(): Promise<Exit> {
    const exit = await within('the end of the gateway', this.#exited, STOP_DEADLINE_MS);
    this.#child = undefined;
    return exit;
  }

  #keep(line: string): void {
    this.onLine?.(line);
    this.output.push(line);
    if (this.output.length > KEPT_LINES) this.output.shift();
  }
}
