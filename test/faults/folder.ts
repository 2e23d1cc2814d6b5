import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder of its own for one run: it goes when it is removed, and with the process if that ends in the middle of the run. */
export class RunFolder {
  readonly #remove = (): void => rmSync(this.path, { recursive: true, force: true });

  private constructor(readonly path: string) {
    process.once('exit', this.#remove);
  }

  static async make(): Promise<RunFolder> {
    return new RunFolder(await mkdtemp(path.join(tmpdir(), 'stationmaster-faults-')));
  }

  /** Somebody will want to see what is in it. */
  keep(): void {
    process.removeListener('exit', this.#remove);
  }

  remove(): void {
    this.keep();
    this.#remove();
  }
}
