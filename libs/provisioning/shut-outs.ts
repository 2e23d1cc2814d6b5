import { BusError, type Bus } from '../bus/mod.js';
import { stationToken, subjects } from '../link/mod.js';
import type { Logger } from '../ops/mod.js';

const MOST_WAITING = 100_000;
const NOTHING = new Uint8Array(0);

/**
 * Tells the edges whom to end the connections of, after the directory was changed. Those told while the bus was away are told
 * as soon as it is back.
 */
export class ShutOuts {
  /** Of whom the bus may not have heard, with the number of the last telling. */
  readonly #waiting = new Map<string, number>();
  #tellings = 0;

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
  ) {
    bus.onStatus((connected) => {
      if (connected) void this.#publish([...this.#waiting.keys()]);
    });
  }

  /** Resolves when the bus has it; when the bus is away, without that. Never rejects. */
  async tell(stationId: string): Promise<void> {
    if (this.#waiting.size >= MOST_WAITING && !this.#waiting.has(stationId)) this.#forgetOldest();
    await this.#publish([stationId]);
  }

  async #publish(stationIds: readonly string[]): Promise<void> {
    if (stationIds.length === 0) return;
    const telling = ++this.#tellings;
    for (const stationId of stationIds) this.#waiting.set(stationId, telling);
    try {
      for (const stationId of stationIds) {
        this.bus.publish(subjects.shutout(stationToken(stationId)), NOTHING);
      }
      await this.bus.flush();
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.logger.warn({ err: error, stations: this.#waiting.size }, 'shut_outs_wait_for_the_bus');
      return;
    }
    for (const stationId of stationIds) {
      if (this.#waiting.get(stationId) === telling) this.#waiting.delete(stationId);
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#waiting.keys();
    if (oldest === undefined) return;
    this.#waiting.delete(oldest);
    this.logger.error({ stationId: oldest }, 'shut_out_not_told');
  }
}
