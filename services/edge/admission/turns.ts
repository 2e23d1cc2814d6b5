/** No turn is further away. Those that come after it share the second half of the time. */
export const LONGEST_WAIT_MS = 120_000;
const PLACES = 1 << 16;

/**
 * When those who are turned away may come back: one after the other, at the pace at which they can be let in, so that their number
 * is the backlog. Who asks again before its turn keeps it: stations that do not wait as they are told make the others wait no
 * longer, as far as there are places to remember them (65,536; a newer one takes the place of an older one). Times are milliseconds
 * of one monotonic clock.
 */
export class Turns {
  readonly #stepMs: number;
  #end = -Infinity;
  /** Of those who have a turn, by their hashes; made when the first one needs it. */
  #hashes = new Uint32Array(0);
  #times = new Float64Array(0);

  /** @param random 0 to 1 (exclusive). */
  constructor(
    pace: number,
    private readonly random: () => number,
  ) {
    this.#stepMs = 1000 / pace;
  }

  /** After this time nobody has a turn. */
  get end(): number {
    return this.#end;
  }

  /** Turns that are still to come. */
  backlog(now: number): number {
    return Math.max(0, Math.round((this.#end - now) / this.#stepMs));
  }

  /** The turn of a station, not before `earliest`. */
  of(hash: number, now: number, earliest = now): number {
    this.#makeRoom();
    const place = hash & (PLACES - 1);
    const known = this.#times[place] ?? 0;
    if (this.#hashes[place] === hash && known > now) return known;
    const turn = this.#next(now, Math.max(now, earliest));
    this.#hashes[place] = hash;
    this.#times[place] = turn;
    return turn;
  }

  #next(now: number, earliest: number): number {
    const next = Math.max(this.#end, earliest) + this.#stepMs;
    if (next - now > LONGEST_WAIT_MS) return now + (LONGEST_WAIT_MS * (1 + this.random())) / 2;
    this.#end = next;
    return next;
  }

  #makeRoom(): void {
    if (this.#hashes.length > 0) return;
    this.#hashes = new Uint32Array(PLACES);
    this.#times = new Float64Array(PLACES).fill(-Infinity);
  }
}
