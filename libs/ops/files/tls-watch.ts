import type { Clock, Timer } from '../../clock/mod.js';
import type { Logger } from '../logger.js';
import { fingerprint, type TlsFiles } from './certificates.js';

export interface TlsWatchOptions {
  readonly files: TlsFiles;
  /** How often the files are looked at for new certificates; 0: never. */
  readonly checkMs: number;
  /** Serves new connections with what stands in the files now; rejects when they are no good, and the old ones stay in use. */
  readonly reload: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes new certificates into use: when asked to, and when the files have changed. */
export class TlsWatch {
  #timer: Timer | undefined;
  #stopped = false;
  /** What the files held when they were taken into use, or were found no good. */
  #seen: string | undefined;

  constructor(private readonly options: TlsWatchOptions) {}

  async start(): Promise<void> {
    this.#seen = await fingerprint(this.options.files);
    this.#arm();
  }

  /** @throws what `reload` throws: the old certificates stay in use. Either way it is logged. */
  async reload(): Promise<void> {
    const { files, reload, logger } = this.options;
    this.#seen = await fingerprint(files);
    try {
      await reload();
      logger.info({ certificates: files.certificates }, 'tls_certificates_reloaded');
    } catch (error) {
      logger.error(
        { err: error, hint: 'repair the files: they are looked at again' },
        'tls_certificates_refused_old_ones_kept',
      );
      throw error;
    }
  }

  /** Looks once whether the files have changed. */
  async check(): Promise<void> {
    const found = await fingerprint(this.options.files);
    if (found !== undefined && found !== this.#seen) await this.reload();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    const { clock, checkMs } = this.options;
    if (this.#stopped || checkMs === 0) return;
    this.#timer = clock.setTimer(checkMs, () => {
      // A failure was logged where it happened.
      void this.check()
        .catch(() => undefined)
        .then(() => {
          this.#arm();
        });
    });
  }
}
