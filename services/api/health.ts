import type { Bus } from '../../libs/bus/mod.js';
import type { Clock, Timer } from '../../libs/clock/mod.js';

export interface HealthWatchOptions {
  readonly bus: Pick<Bus, 'connected' | 'onStatus'>;
  readonly clock: Clock;
  /** Rejects while a server that calls need is away. */
  readonly check: () => Promise<void>;
  readonly lookMs: number;
  /** Told at each look. */
  readonly tell: (healthy: boolean) => void;
}

/** Looks from time to time whether calls can be served, and at once when the bus is lost or back. */
export class HealthWatch {
  #timer: Timer | undefined;
  #stopStatus: (() => void) | undefined;
  /** Counts the looks: what an older one finds is of no interest. */
  #looks = 0;
  #stopped = false;

  constructor(private readonly options: HealthWatchOptions) {}

  /** Resolves after the first look. */
  async start(): Promise<void> {
    this.#stopStatus = this.options.bus.onStatus((connected) => {
      if (!connected) this.options.tell(false);
      void this.#look();
    });
    await this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#stopStatus?.();
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const { bus, clock, check, lookMs, tell } = this.options;
    const look = ++this.#looks;
    this.#timer?.cancel();
    const served = await check().then(
      () => true,
      () => false,
    );
    if (this.#stopped || look !== this.#looks) return;
    tell(served && bus.connected);
    this.#timer = clock.setTimer(lookMs, () => void this.#look());
  }
}
