import type { Random } from '../driven/random.js';
import type { DrivenStation } from '../driven/station.js';
import type { Activity, Turn } from './visits.js';

/** A station at which nobody charges: it says that it is there, and a Heartbeat now and then. */
export class IdleStation implements Activity {
  readonly repeatable = [];

  constructor(
    readonly station: DrivenStation,
    private readonly random: Random,
    private readonly turn: Turn,
  ) {}

  async run(): Promise<never> {
    const { vocabulary } = this.station;
    await this.turn();
    await this.station.deliver('boot', vocabulary.boot());
    await this.turn();
    await this.station.deliver('status', vocabulary.status(1, false));
    for (;;) {
      await this.turn();
      if (this.random.chance(0.05)) await this.station.deliver('heartbeat', ['Heartbeat', {}]);
    }
  }

  forget(): void {
    this.station.forget(() => false);
  }
}
