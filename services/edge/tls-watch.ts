import type { Clock, Timer } from '../../libs/clock/mod.js';
import type { Logger } from '../../libs/ops/mod.js';
import type { EdgeTlsConfig } from './config.js';
import { fingerprint, type SocketServer } from './socket/mod.js';

/** Takes new certificates into use: when asked to, and when the files have changed. */
export class TlsWatch {
  #timer: Timer | undefined;
  #stopped = false;
  /** What the files held when they were taken into use, or were found no good. */
  #seen: string | undefined;

  constructor(
    private readonly tls: EdgeTlsConfig,
    private readonly server: SocketServer,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    this.#seen = await fingerprint(this.tls);
    this.#arm();
  }

  /** @throws TlsError: the old certificates stay in use. */
  async reload(): Promise<void> {
    this.#seen = await fingerprint(this.tls);
    try {
      await this.server.reloadTls();
      this.logger.info({ certificates: this.tls.certificates }, 'tls_certificates_reloaded');
    } catch (error) {
      this.logger.error(
        { err: error, hint: 'repair the files: they are looked at again' },
        'tls_certificates_refused_old_ones_kept',
      );
      throw error;
    }
  }

  /** Looks once whether the files have changed. */
  async check(): Promise<void> {
    const found = await fingerprint(this.tls);
    if (found !== undefined && found !== this.#seen) await this.reload();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    if (this.#stopped || this.tls.reloadCheckMs === 0) return;
    this.#timer = this.clock.setTimer(this.tls.reloadCheckMs, () => {
      // A failure was logged where it happened.
      void this.check()
        .catch(() => undefined)
        .then(() => {
          this.#arm();
        });
    });
  }
}
