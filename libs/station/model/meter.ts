/** An energy meter: its register grows by power × time. Watts in, watt-hours out. */
export class Meter {
  #wh: number;
  #powerW = 0;
  #at: number;

  /** @param now epoch milliseconds, as in all methods. */
  constructor(wh: number, now: number) {
    this.#wh = wh;
    this.#at = now;
  }

  get powerW(): number {
    return this.#powerW;
  }

  setPower(powerW: number, now: number): void {
    this.#advance(now);
    this.#powerW = powerW;
  }

  /** Energy.Active.Import.Register in Wh, with its fraction. */
  read(now: number): number {
    this.#advance(now);
    return this.#wh;
  }

  /** A wall clock that was set back does not take energy back. */
  #advance(now: number): void {
    this.#wh += (this.#powerW * Math.max(now - this.#at, 0)) / 3_600_000;
    this.#at = now;
  }
}
