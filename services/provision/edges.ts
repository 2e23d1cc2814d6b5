import { BusError, type Bus } from '../../libs/bus/mod.js';
import { stationToken, subjects } from '../../libs/link/mod.js';

/** The edges, as far as they have to end connections. */
export class Edges {
  readonly #told = new Set<string>();
  /** Those of whom the edges may not have heard. */
  readonly #missed = new Set<string>();

  constructor(private readonly bus: Bus) {
    bus.onStatus((connected) => {
      // What was on its way may be lost.
      if (!connected) for (const stationId of this.#told) this.#missed.add(stationId);
    });
  }

  tell(stationId: string): void {
    this.#told.add(stationId);
    try {
      this.bus.publish(subjects.shutout(stationToken(stationId)), new Uint8Array(0));
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.#missed.add(stationId);
    }
  }

  /** What to do when NATS was lost meanwhile; undefined when everything told before has reached it. */
  async problem(): Promise<string | undefined> {
    const lost = await this.bus.flush().then(
      () => this.#missed,
      () => this.#told,
    );
    if (lost.size === 0) return undefined;
    const again = `npm run provision -- --cut-off ${[...lost].join(',')}`;
    return `NATS was lost meanwhile: have the edges told again whom to cut off, with ${again}`;
  }
}
