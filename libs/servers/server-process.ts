import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { diesWithUs } from './children.js';

/** How a process ended: its exit status, or the signal that killed it. */
export type Exit = number | NodeJS.Signals;

const KEPT_LINES = 60;
const DEADLINE_MS = 20_000;
const PROBE_MS = 10;

export interface ServerProcessOptions {
  /** For error messages. */
  readonly name: string;
  readonly program: string;
  /** A function is asked at each start, so that a second one may take the ports of the first. */
  readonly args: readonly string[] | (() => readonly string[]);
  /** True: a Ctrl-C in the terminal does not reach it; who started it ends it. */
  readonly detached?: boolean;
  /** In place of this process' own variables. */
  readonly env?: NodeJS.ProcessEnv;
  /** Told of every line that it writes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** How long it may take until it serves; 20,000 when left out. */
  readonly startDeadlineMs?: number;
  /** How long it may take to end after `stop()`, then it is killed; 20,000 when left out. */
  readonly stopDeadlineMs?: number;
  /** True as soon as it serves; asked again until then. */
  isReady(): Promise<boolean>;
}

/** A server of this machine as a child process that can be started again after its end. Dies with this process. */
export class ServerProcess {
  #child: ChildProcess | undefined;
  #exited: Promise<Exit> = Promise.resolve(0);
  /** The last lines that it wrote. */
  readonly output: string[] = [];

  constructor(private readonly options: ServerProcessOptions) {}

  /** Undefined when it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it has ended, however; at once when it was not started. */
  get exited(): Promise<Exit> {
    return this.#exited;
  }

  /** Resolves when it serves. Rejects when it ends before, or is not ready in time. */
  async start(): Promise<void> {
    const { name, program, args, isReady, detached = false, env = process.env } = this.options;
    const { startDeadlineMs = DEADLINE_MS } = this.options;
    const child = spawn(program, typeof args === 'function' ? args() : args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached,
      env,
    });
    this.#child = child;
    diesWithUs(child);
    let ended: Exit | undefined;
    this.#exited = once(child, 'exit').then(([status, signal]) => {
      ended = (signal ?? status) as Exit;
      return ended;
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[stream] }).on('line', (line) => this.#keep(line, stream));
    }
    const deadline = Date.now() + startDeadlineMs;
    while (!(await isReady())) {
      if (ended !== undefined) throw new Error(`${name} ended (${ended}) at its start:\n${this.#tail()}`);
      if (Date.now() > deadline) {
        await this.kill9();
        throw new Error(`${name} does not serve:\n${this.#tail()}`);
      }
      await sleep(PROBE_MS);
    }
  }

  /** `SIGSTOP` freezes it, `SIGCONT` lets it go on. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it at once, without a chance to do anything. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it as a service manager does. */
  async stop(): Promise<Exit> {
    return await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<Exit> {
    this.#child?.kill(signal);
    const { stopDeadlineMs = DEADLINE_MS } = this.options;
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), stopDeadlineMs);
    const exit = await this.#exited;
    clearTimeout(timer);
    this.#child = undefined;
    return exit;
  }

  #keep(line: string, stream: 'stdout' | 'stderr'): void {
    this.options.onLine?.(line, stream);
    this.output.push(line);
    if (this.output.length > KEPT_LINES) this.output.shift();
  }

  #tail(): string {
    return this.output.join('\n');
  }
}
