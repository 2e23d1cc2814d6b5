import { stat } from 'node:fs/promises';
import type { Clock, Timer } from '../../clock/mod.js';
import type { Logger } from '../logger.js';

export interface WatchedFileOptions {
  readonly file: string;
  /** Reads the file and puts what it holds into effect. When it rejects, what held before goes on to hold. */
  readonly load: (file: string) => Promise<object>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often the file is looked at; 2000 when left out. */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 2000;

/**
 * Loads a file again when it changes. Its state is looked at from time to time, which works for files that are
 * replaced, linked or mounted as well; a change counts once two looks in a row agree, so that a file is not read while it
 * is written.
 */
export class WatchedFile {
  #loaded = '';
  #seen = '';
  #timer: Timer | undefined;
  #closed = false;
  #work: Promise<unknown> = Promise.resolve();

  private constructor(private readonly options: WatchedFileOptions) {}

  /** Loads the file for the first time, and watches it from then on; rejects as `load` does. */
  static async open(options: WatchedFileOptions): Promise<WatchedFile> {
    const watched = new WatchedFile(options);
    watched.#loaded = await signature(options.file);
    watched.#seen = watched.#loaded;
    const facts = await options.load(options.file);
    options.logger.info({ file: options.file, ...facts }, 'file_loaded');
    watched.#wait();
    return watched;
  }

  /** Loads the file now. False when it was refused; that is logged. */
  reload(): Promise<boolean> {
    const work = this.#work.then(async () => this.#load(await signature(this.options.file)));
    this.#work = work;
    return work;
  }

  /** Resolves when nothing is being loaded any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#work;
  }

  #wait(): void {
    if (this.#closed) return;
    this.#timer = this.options.clock.setTimer(this.options.intervalMs ?? INTERVAL_MS, () => {
      this.#work = this.#work.then(() => this.#look()).then(() => this.#wait());
    });
  }

  async #look(): Promise<void> {
    const now = await signature(this.options.file);
    const settled = now === this.#seen;
    this.#seen = now;
    if (settled && now !== this.#loaded) await this.#load(now);
  }

  async #load(state: string): Promise<boolean> {
    const { file, load, logger } = this.options;
    this.#loaded = state;
    this.#seen = state;
    try {
      logger.info({ file, ...(await load(file)) }, 'file_loaded');
      return true;
    } catch (error) {
      const problems = error instanceof Error ? error.message.split('\n') : [String(error)];
      logger.error({ file, problems }, 'file_refused_old_content_kept');
      return false;
    }
  }
}

/** Changes whenever the file's content may have; empty when there is no such file. */
async function signature(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return '';
  }
}
