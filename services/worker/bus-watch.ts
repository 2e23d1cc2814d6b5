import type { Bus } from '../../libs/bus/mod.js';
import type { Clock, Timer } from '../../libs/clock/mod.js';

export interface BusWatchOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  /** The bus may be away for so long before `away` is called: a server that restarts is no reason to move shards. */
  readonly patienceMs: number;
  away(): void;
  /** The bus is connected again, whether or not `away` was called. */
  back(): void;
}

/** Watches whether the process can be heard: a worker that cannot be must not own what others could serve. */
export class BusWatch {
  #timer: Timer | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(private readonly options: BusWatchOptions) {}

  start(): void {
    const { bus } = this.options;
    this.#stopWatching = bus.onStatus((connected) => this.#changed(connected));
    if (!bus.connected) this.#changed(false);
  }

  stop(): void {
    this.#stopWatching?.();
    this.#timer?.cancel();
  }

  #changed(connected: boolean): void {
    this.#timer?.cancel();
    if (connected) return this.options.back();
    const { clock, patienceMs, away } = this.options;
    this.#timer = clock.setTimer(patienceMs, away);
  }
}
