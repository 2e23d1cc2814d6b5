import type { Clock } from '../clock/mod.js';
import type { Workers } from '../store/mod.js';

export interface MembershipOptions {
  readonly workers: Workers;
  readonly clock: Clock;
  /** Name of this process. */
  readonly worker: string;
  /** Of the leases that the members compete for. */
  readonly leaseTtlMs: number;
  /** What `members` gives is another than before. */
  changed(): void;
  failed(what: 'beat' | 'look' | 'leave', error: unknown): void;
}

/** A dead member is gone before its leases have lapsed: those who are next are ready when they do. */
const BEAT_TTL = 0.6;
const BEATS_IN_TTL = 6;
const LOOKS_IN_TTL = 8;
const LOOK_AT_LEAST_EVERY_MS = 500;

/**
 * The live workers, as this process sees them: it beats in the store and looks who else does. Only advice on who tries to
 * own what, so nothing here has to be right at every moment: two processes may see different members for a while.
 */
export class Membership {
  #members: readonly string[] = [];
  /** Since when each has been seen without a break. */
  #since: ReadonlyMap<string, number> = new Map();
  #joined = false;
  #beatAt = -Infinity;
  #lookAt = -Infinity;
  /** When the store told the members last; undefined: not yet. */
  #toldAt: number | undefined;
  /** Until then, nobody is dropped. */
  #graceUntil = -Infinity;
  #beating: Promise<void> = Promise.resolve();
  #looking: Promise<void> | undefined;
  #lookAgain = false;

  constructor(private readonly options: MembershipOptions) {}

  /** Sorted. Holds this process while it has joined. */
  get members(): readonly string[] {
    return this.#members;
  }

  /** True when another process has been a member for `ms` without a break. */
  hasOtherFor(ms: number): boolean {
    const { clock, worker } = this.options;
    const latest = clock.monotonic() - ms;
    for (const [member, since] of this.#since) if (member !== worker && since <= latest) return true;
    return false;
  }

  /** Resolves when the members are known; or the store has failed, and is asked again at the turns. */
  async join(): Promise<void> {
    this.#joined = true;
    await this.#beat();
    await this.look();
  }

  /** Beats no more and takes the name out, so that the others act at once. Goes on looking. */
  async leave(): Promise<void> {
    this.#joined = false;
    // A beat that comes after would bring the name back.
    await this.#beating;
    try {
      await this.options.workers.leave(this.options.worker);
    } catch (error) {
      this.options.failed('leave', error);
    }
  }

  /** Does what is due; to be called several times in a lease's time. */
  turn(): void {
    const now = this.options.clock.monotonic();
    if (this.#joined && now >= this.#beatAt) void this.#beat();
    if (now >= this.#lookAt) void this.look();
  }

  /** Asks the store who is there. Asked while it asks, it does so once more. */
  look(): Promise<void> {
    if (this.#looking !== undefined) this.#lookAgain = true;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      if (!this.#lookAgain) return;
      this.#lookAgain = false;
      void this.look();
    });
    return this.#looking;
  }

  #beat(): Promise<void> {
    const { workers, clock, worker, leaseTtlMs } = this.options;
    this.#beatAt = clock.monotonic() + leaseTtlMs / BEATS_IN_TTL;
    this.#beating = workers.beat(worker, leaseTtlMs * BEAT_TTL).catch((error: unknown) => {
      this.options.failed('beat', error);
    });
    return this.#beating;
  }

  async #look(): Promise<void> {
    const { workers, clock, leaseTtlMs } = this.options;
    this.#lookAt = clock.monotonic() + Math.min(leaseTtlMs / LOOKS_IN_TTL, LOOK_AT_LEAST_EVERY_MS);
    let live: readonly string[];
    try {
      live = await workers.live();
    } catch (error) {
      this.options.failed('look', error);
      return;
    }
    this.#told(live);
  }

  #told(live: readonly string[]): void {
    const { clock, worker, leaseTtlMs } = this.options;
    const now = clock.monotonic();
    // The store was away, and everybody's beat may have lapsed: each has the time of a beat to say so again.
    if (now - (this.#toldAt ?? now) > leaseTtlMs / 2)
      this.#graceUntil = now + (leaseTtlMs * 1.5) / BEATS_IN_TTL;
    this.#toldAt = now;
    const members = new Set(live);
    if (now < this.#graceUntil) for (const member of this.#members) members.add(member);
    if (this.#joined) members.add(worker);
    else members.delete(worker);
    const sorted = [...members].sort();
    if (sorted.join() === this.#members.join()) return;
    this.#members = sorted;
    this.#since = new Map(sorted.map((member) => [member, this.#since.get(member) ?? now]));
    this.options.changed();
  }
}
