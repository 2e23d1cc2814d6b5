import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const LOG_TAIL = 2000;

export interface ChildOptions {
  /** Built program. */
  readonly script: URL;
  readonly env?: Readonly<Record<string, string>>;
  /** Node's own flags. */
  readonly nodeFlags?: readonly string[];
  /** The program's. */
  readonly args?: readonly string[];
}

/**
 * Where children keep their files: on the disk of the project, so that a durable write costs what it costs a user (a
 * folder for temporary files may be in memory).
 */
export const FOLDER = path.resolve('data/bench');

/** The environment without the user's own settings of the gateway. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('STATIONMASTER_')),
);

/** A Node process of ours that is spoken to over IPC. Its output goes to a file, as a service's does. */
export class Child {
  /** Its current folder, of it alone; removed when it has ended. */
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #name: string;
  /** Resolves when it has ended: with its exit status, or the signal that killed it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  #stopping = false;

  constructor(options: ChildOptions) {
    mkdirSync(FOLDER, { recursive: true });
    this.#folder = mkdtempSync(path.join(FOLDER, 'child-'));
    this.#name = options.script.pathname.split('/').slice(-2).join('/');
    const log = openSync(this.#logFile, 'w');
    const flags = ['--enable-source-maps', ...(options.nodeFlags ?? [])];
    const args = [...flags, fileURLToPath(options.script), ...(options.args ?? [])];
    this.#process = spawn(process.execPath, args, {
      cwd: this.#folder,
      env: { ...ENVIRONMENT, ...options.env },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.exited = new Promise((resolve) => {
      this.#process.once('exit', (status, signal) => resolve(signal ?? status ?? 0));
    });
    running.add(this);
  }

  get #logFile(): string {
    return path.join(this.#folder, 'output.log');
  }

  /** @throws Error when it could not be started. */
  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error(`${this.#name} could not be started`);
    return pid;
  }

  get hasExited(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /**
   * Sends a message (undefined: nothing) and gives the next one that the child sends and `accept` understands.
   * `withinMs` left out: waits for as long as the child lives.
   */
  ask<T>(
    message: object | undefined,
    accept: (answer: object) => T | undefined,
    withinMs?: number,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (act: () => void) => {
        clearTimeout(timer);
        this.#process.off('message', onMessage).off('exit', onExit);
        act();
      };
      const onMessage = (answer: object) => {
        const accepted = accept(answer);
        if (accepted !== undefined) done(() => resolve(accepted));
      };
      const onExit = () => done(() => reject(this.failure('ended unexpectedly')));
      const onTimeout = () => done(() => reject(this.failure(`did not answer within ${withinMs} ms`)));
      const timer = withinMs === undefined ? undefined : setTimeout(onTimeout, withinMs);
      this.#process.on('message', onMessage).on('exit', onExit);
      if (this.hasExited) onExit();
      else if (message !== undefined) this.#process.send(message);
    });
  }

  /** An error that says what became of the child, with the end of its output. */
  failure(what: string): Error {
    const output = readFileSync(this.#logFile, 'utf8').slice(-LOG_TAIL);
    return new Error(`${this.#name} ${what}${output === '' ? '' : `; its output ends with:\n${output}`}`);
  }

  /** Ends the process, waits for that, and removes its folder. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      if (!this.hasExited) this.#process.kill(signal);
    }
    await this.exited;
    running.delete(this);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** At once, without waiting. */
  kill(): void {
    this.#process.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const running = new Set<Child>();

process.on('exit', () => {
  for (const child of running) child.kill();
});
for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  process.once(signal, () => process.exit(code));
}
